"""`make train` for the live stack: the example model, trained in the environment for training, once."""

import hashlib
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox.images.cached import cached
from inferencectl.sandbox.toolchain.toolchain import cache_directory
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

_DISK_MIB = 100
_LOG_TAIL_LINES = 15


@dataclass(frozen=True, kw_only=True)
class Training:
    """Training with `python`, the interpreter with TensorFlow, and the sources in the checkout `root`."""

    root: Path
    python: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """The caller's environment, with the package in it and TensorFlow's messages left out."""
        return {**os.environ, "PYTHONPATH": str(self._sources), "TF_CPP_MIN_LOG_LEVEL": "3"}

    def require_python(self, remedy: str) -> None:
        """Raises SandboxError with `remedy` unless the interpreter exists."""
        if not self.python.exists():
            raise SandboxError(
                f"{self.python}: no Python interpreter with the training packages", remedy, exit_code=BAD_INPUT
            )

    def trained(self, progress: Callable[[str], None]) -> Path:
        """The directory of the trained versions, as `make train` writes them: half a minute, and then cached.

        It is named after the sources and the lock file, so that a change of either trains again.

        Raises:
            SandboxError: the training failed; with the end of its output.
        """
        target = cache_directory() / "trained" / f"digits-{self._key()}"
        return cached(
            target,
            lambda output: self._train(output, progress),
            progress,
            subject="the example model",
            disk_mib=_DISK_MIB,
        )

    @property
    def _sources(self) -> Path:
        return self.root / "model_images" / "training"

    def _train(self, output: Path, progress: Callable[[str], None]) -> None:
        command = [self.python.absolute(), "-m", "digits_model", "train", "--output", output]
        lines: list[str] = []
        with subprocess.Popen(
            command,
            cwd=output,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            for line in process.stdout or ():
                lines.append(line.rstrip())
                progress(lines[-1].removeprefix("· "))
        if process.returncode:
            tail = "\n".join(lines[-_LOG_TAIL_LINES:])
            raise SandboxError(f"the training failed with exit code {process.returncode}:\n{tail}", "see above")

    def _key(self) -> str:
        digest = hashlib.sha256()
        for file in (*sorted(self._sources.rglob("*.py")), self.root / "uv.lock"):
            digest.update(f"{file.name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
        return digest.hexdigest()[:12]
