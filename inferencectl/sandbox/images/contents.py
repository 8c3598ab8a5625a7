"""What goes into an image above its root file system: files of Debian packages, Go programs, and wheels."""

import hashlib
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox.images.cached import cached
from inferencectl.sandbox.images.debian_package import package_files
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.sandbox.toolchain.go_tool import GoTool
from inferencectl.workspace.errors import SandboxError

PYTHON_VERSION = "3.11"
"""Of Debian's Python, for which the wheels are chosen."""


class Contents(ABC):
    """Files of a layer; the paths in an image have no leading slash."""

    @property
    @abstractmethod
    def made_of(self) -> object:
        """Everything that the files depend on, for the key of the image."""

    @abstractmethod
    def files(self, cache: Path, progress: Callable[[str], None]) -> Mapping[str, Path | str | bytes]:
        """The files by their path in the image, fetched or built if they are not in `cache`.

        See `write_layer` for their kinds.
        """


@dataclass(frozen=True, kw_only=True)
class PackageFiles(Contents):
    """Files of one Debian package, without what it depends on: for static programs."""

    package: str
    paths: Mapping[str, str]
    """The path in the image by the path in the package."""

    @property
    def made_of(self) -> object:
        """The package and the paths; its version is not known before."""
        return [self.package, sorted(self.paths.items())]

    def files(self, cache: Path, progress: Callable[[str], None]) -> Mapping[str, Path | str | bytes]:
        """The files, downloaded."""
        directory = package_files(self.package, cache, progress)
        return {path: directory / source for source, path in self.paths.items()}


@dataclass(frozen=True, kw_only=True)
class Scripts(Contents):
    """Scripts of this package, by their path in the image."""

    paths: Mapping[str, Path]

    @property
    def made_of(self) -> object:
        """The paths, and what the scripts say."""
        return [[path, file.read_text(encoding="utf-8")] for path, file in sorted(self.paths.items())]

    def files(self, cache: Path, progress: Callable[[str], None]) -> Mapping[str, Path | str | bytes]:  # noqa: ARG002
        """The scripts, as what can be executed."""
        return {path: file.read_bytes() for path, file in self.paths.items()}


@dataclass(frozen=True, kw_only=True)
class GoPrograms(Contents):
    """Programs of a Go tool, by their path in the image."""

    tool: GoTool
    paths: Mapping[str, str]
    """The path in the image by the program's name."""

    @property
    def made_of(self) -> object:
        """The tool's version, its sources and how it is built; and the paths."""
        return [self.tool.cached_directory(Path()).name, sorted(self.paths.items())]

    def files(self, cache: Path, progress: Callable[[str], None]) -> Mapping[str, Path | str | bytes]:  # noqa: ARG002
        """The programs, built; they are kept with the other tools."""
        directory = toolchain.ensure_tool(self.tool, progress)
        return {path: directory / program for program, path in self.paths.items()}


@dataclass(frozen=True, kw_only=True)
class Wheels(Contents):
    """The packages of a requirements file with hashes, and nothing that they ask for beyond it."""

    requirements: Path
    paths: Mapping[str, str]
    """The path in the image by the path below the directory that pip installs into."""
    links: Mapping[str, str]
    """Symbolic links: their targets by their path in the image."""
    disk_mib: int = 1000

    @property
    def made_of(self) -> object:
        """The requirements and the paths."""
        return [self._digest, sorted(self.paths.items()), sorted(self.links.items())]

    def files(self, cache: Path, progress: Callable[[str], None]) -> Mapping[str, Path | str | bytes]:
        """The files, installed into a directory of their own."""
        subject = f"the packages of {self.requirements.name}"
        target = cache / f"wheels-{self.requirements.stem}-{self._digest}"
        directory = cached(target, self._install, progress, subject=subject, disk_mib=self.disk_mib)
        return {**{path: directory / source for source, path in self.paths.items()}, **self.links}

    @property
    def _digest(self) -> str:
        return hashlib.sha256(self.requirements.read_bytes()).hexdigest()[:12]

    def _install(self, target: Path) -> None:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--no-compile"]
        command += ["--only-binary=:all:", "--python-version", PYTHON_VERSION, "--target", str(target)]
        result = subprocess.run(
            [*command, "--requirement", str(self.requirements)], check=False, capture_output=True, text=True
        )
        if result.returncode != 0:
            detail = (result.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
            raise SandboxError(
                f"pip cannot install the packages of {self.requirements}: {detail}",
                "give pip access to a package index (pip config)",
            )
