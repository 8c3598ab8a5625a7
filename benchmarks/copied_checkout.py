"""A copy of the checkout to deploy from, so that the user's sandbox keeps running and nothing of the run is left."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from benchmarks.clean_up import LOG
from inferencectl.workspace.errors import SandboxError
from inferencectl.workspace.project import Project

ROOT = Path(__file__).parent.parent
FILES = ("Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py", "versions.py", "images.lock", "uv.lock", "pyproject.toml")
PACKAGES = ("cluster", "components", "policies", "inferencectl", "privacy", "settings", "registry")
LINKS = ("verification", "model_images", "scripts", ".venv-training")
"""What is read and never run from the copy itself."""

# The command ends with the benchmark, even if that is killed; what it has started is found again by `down`.
_WITH_THIS_PROCESS = ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()


@dataclass(frozen=True, kw_only=True)
class CopiedCheckout:
    """The copy at ``root``, for one ``stack``."""

    root: Path
    stack: str

    @property
    def project(self) -> Project:
        """Its paths."""
        return Project(self.root)

    def run(self, command: str, *arguments: str) -> float:
        """Run a command on the stack and return the time it took, in seconds.

        Raises:
            CalledProcessError: it failed; its error is on this process's standard error.
        """
        program = [
            *_WITH_THIS_PROCESS,
            sys.executable,
            "-m",
            "inferencectl",
            command,
            "--stack",
            self.stack,
            *arguments,
        ]
        started = time.monotonic()
        subprocess.run(program, cwd=self.root, check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - started

    def up(self) -> float:
        """Deploy the stack, with the sandbox's deployer."""
        return self.run("up", "--engine", "deployer")


@contextmanager
def copied_checkout(stack: str) -> Iterator[CopiedCheckout]:
    """A copy, which is removed with everything that runs of it, however the context ends.

    Raises:
        SandboxError: something of it could not be removed.
    """
    root = Path(mkdtemp(prefix="inference-benchmark-"))
    command = [sys.executable, "-m", "benchmarks.clean_up", str(root), stack]
    # In a session of its own: a terminal's Ctrl-C ends the benchmark, and not what cleans up after it.
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True) as cleaner:
        for file in FILES:
            shutil.copy(ROOT / file, root)
        for package in PACKAGES:
            shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
        for name in LINKS:
            (root / name).symlink_to(ROOT / name)
        yield CopiedCheckout(root=root, stack=stack)
    if cleaner.returncode:
        raise SandboxError(f"{root}: what runs of this copy could not be removed", f"see {root / LOG}")
