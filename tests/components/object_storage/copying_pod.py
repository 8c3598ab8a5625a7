"""A pod's first container, run with its own script and environment where a test says."""

# The fields of typed arguments may hold outputs, so each step into one is an error to the type checker; here they are
# plain values.
# pyright: reportGeneralTypeIssues=false, reportOptionalIterable=false, reportArgumentType=false

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from components.model_service.args import ModelServiceArgs
from components.model_service.manifests import storage
from components.model_service.runtimes.server import MODELS_DIRECTORY
from components.security import SCRATCH_DIRECTORY
from tests.components.model_service.published_model import files_in

TOKEN = "a.pod's.token"


@dataclass(frozen=True)
class CopyingPod:
    """`home` stands for its file system, in which it has a token and perhaps an authority's certificates."""

    args: ModelServiceArgs
    home: Path
    authority: Path

    def fetch(self, **more: str) -> subprocess.CompletedProcess[str]:
        (container,) = storage.init_containers(self.args.served[0])
        (self.home / "token").write_text(TOKEN)
        directories = {
            "/storage-credentials": self.home,
            "/storage-authority": self.authority,
            MODELS_DIRECTORY: self.home / "models",
            SCRATCH_DIRECTORY: self.home,
        }
        environment = {each.name: _placed(each.value, directories) for each in container.env}
        environment |= {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "RCLONE_RETRIES": "1", **more}
        command = list(container.command)
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def _placed(value: str, directories: Mapping[str, Path]) -> str:
    """The value, which may be a document, with each directory at the beginning of a path where it is."""
    found = rf"(?<![\w/])({'|'.join(map(re.escape, directories))})(?=/|$)"
    return re.sub(found, lambda each: str(directories[each[1]]), value)


def files_copied(home: Path) -> Mapping[str, bytes]:
    """The files of version 1 where the pod's server finds them."""
    found = files_in(home / "models" / "mnist" / "1")
    found.pop("SHA256SUMS")
    return found
