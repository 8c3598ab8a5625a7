"""A pod's first container, run with its own script and environment where a test says."""

# The fields of typed arguments may hold outputs, so each step into one is an error to the type checker; here they are
# plain values.
# pyright: reportGeneralTypeIssues=false, reportOptionalIterable=false, reportArgumentType=false

import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from components.model_service.args import ModelServiceArgs
from components.model_service.manifests import storage
from components.model_service.runtimes.server import MODELS_DIRECTORY
from components.security import SCRATCH_DIRECTORY
from tests.components.model_service.published_model import files_in

TOKEN = "a.pod's.token"


@dataclass(frozen=True)
class CopyingPod:
    """`home` stands for its file system, in which it has a token and perhaps an authority's certificates.

    `edit` makes the script that is run of its own.
    """

    args: ModelServiceArgs
    home: Path
    authority: Path
    edit: Callable[[str], str] = str

    def fetch(self, **more: str) -> subprocess.CompletedProcess[str]:
        """Run it with more variables; ``TOKEN`` is that of its credentials."""
        (container,) = storage.init_containers(self.args.served[0])
        (self.home / "token").write_text(more.pop("TOKEN", TOKEN))
        environment = {each.name: each.value for each in container.env}
        *shell, script = container.command
        return run_as_pod([*shell, self.edit(script)], environment, self.home, self.authority, more)


def run_as_pod(
    command: Sequence[str],
    environment: Mapping[str, str],
    home: Path,
    authority: Path,
    more: Mapping[str, str] = MappingProxyType({}),
) -> subprocess.CompletedProcess[str]:
    """Run a container's command with `home` for all of its directories but that of the authority."""
    directories = {
        "/storage-credentials": home,
        "/storage-authority": authority,
        "/storage-claim": home / "claim",
        MODELS_DIRECTORY: home / "models",
        SCRATCH_DIRECTORY: home,
    }
    placed = {name: _placed(value, directories) for name, value in environment.items()}
    placed |= {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "RCLONE_RETRIES": "1", **more}
    return subprocess.run(command, env=placed, capture_output=True, text=True, timeout=60, check=False)


def _placed(value: str, directories: Mapping[str, Path]) -> str:
    """The value, which may be a document, with each directory at the beginning of a path where it is."""
    found = rf"(?<![\w/])({'|'.join(map(re.escape, directories))})(?=/|$)"
    return re.sub(found, lambda each: str(directories[each[1]]), value)


def files_copied(home: Path) -> Mapping[str, bytes]:
    """The files of version 1 where the pod's server finds them."""
    found = files_in(home / "models" / "mnist" / "1")
    found.pop("SHA256SUMS")
    return found
