"""Python environments beside the tests' own, for software that needs other packages than the policy pack does."""

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from inferencectl.sandbox.toolchain.toolchain import cache_directory

_ROOT = Path(__file__).parents[1]
_TESTS = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Environment:
    """An environment with exactly the packages that a file of pinned requirements lists.

    It is created once, which takes minutes, and kept with the sandbox's tools under the digest of that file.
    """

    name: str
    requirements: Path

    @property
    def directory(self) -> Path:
        """Where the environment is, whether or not it exists yet."""
        digest = hashlib.sha256(self.requirements.read_bytes()).hexdigest()[:16]
        return cache_directory() / f"{self.name}-{sys.version_info.major}.{sys.version_info.minor}-{digest}"

    @property
    def is_installed(self) -> bool:
        """Whether all its packages are there."""
        return (self.directory / "installed").exists()

    def python(self) -> Path:
        """The environment's interpreter; installs the packages first where they are missing."""
        target = self.directory
        target.parent.mkdir(parents=True, exist_ok=True)
        python = target / "bin" / "python"
        with FileLock(target.with_name(f"{target.name}.lock")):
            if not self.is_installed:
                subprocess.run([sys.executable, "-m", "venv", "--clear", str(target)], check=True)
                # The file is complete; a dependency that it leaves out was left out on purpose (pyproject.toml).
                pip = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
                subprocess.run([*pip, "--requirement", str(self.requirements)], check=True)
                (target / "installed").touch()
        return python


MLFLOW = Environment(name="mlflow", requirements=_TESTS / "registry" / "mlflow_server" / "server.txt")
TOOLS_IMAGE = Environment(name="tools", requirements=_ROOT / "model_images" / "tools" / "requirements.txt")
TORCHSERVE = Environment(name="torchserve-server", requirements=_TESTS / "runtimes" / "torchserve_server.txt")
TRAINING = Environment(name="training", requirements=_ROOT / "requirements-training.txt")
TRITON = Environment(name="triton-server", requirements=_TESTS / "runtimes" / "triton_server.txt")
