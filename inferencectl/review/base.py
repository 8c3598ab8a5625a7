"""What a branch starts from: its program and its stacks, as they are at a commit."""

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

import settings
from inferencectl.program.run import platform_of
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.project import Project
from inferencectl.workspace.variables import variable

Manifest = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Base:
    """A copy of the checkout at `commit`, whose own program says what it deploys."""

    project: Project
    commit: str

    def manifests(self, stack: str, random_values: Path) -> list[Manifest]:
        """What the program of that commit deploys, by the `render` of that commit; secrets are not in it.

        `random_values` are those of the checkout, if there are any: they stay the same from commit to commit.

        Raises:
            SandboxError: the program of that commit refuses the stack.
        """
        own = self.project.sandbox_directory(stack)
        if random_values.exists():
            own.mkdir(parents=True, exist_ok=True)
            shutil.copy(random_values, own / random_values.name)
        command = [sys.executable, "-m", "inferencectl", "render", "--stack", stack]
        finished = subprocess.run(
            command, cwd=self.project.root, env=self._environment, capture_output=True, text=True, check=False
        )
        if finished.returncode:
            told = [line for line in finished.stderr.splitlines() if not line.startswith("·")]
            message = "\n".join(told).replace(str(self.project.root), "base").removeprefix("error: ")
            raise SandboxError(f"not compared, for the program of {self.commit[:12]} refuses {stack}: {message}", "")
        return [each for each in yaml.safe_load_all(finished.stdout) if each]

    def platform(self, stack: str) -> settings.Platform | None:
        """The settings of that commit, if they are settings of this one too."""
        try:
            with variable(settings.MODELS_LOCK_VARIABLE, str(self.project.models_lock)):
                return platform_of(self.project, stack)
        except (SandboxError, settings.SettingsError):
            return None

    @property
    def _environment(self) -> Mapping[str, str]:
        """That of this process without what leads Python or the program back to this checkout."""
        return {**os.environ, "PYTHONPATH": "", settings.MODELS_LOCK_VARIABLE: ""}


@contextmanager
def base_at(project: Project, reference: str) -> Iterator[Base]:
    """The commit that the checkout and `reference` have in common, for the duration of a command.

    Raises:
        SandboxError: the checkout does not have it.
    """
    commit = _git(project, reference, "merge-base", reference, "HEAD").decode().strip()
    with TemporaryDirectory(prefix="base-") as scratch:
        with tarfile.open(fileobj=BytesIO(_git(project, reference, "archive", commit))) as archive:
            archive.extractall(scratch, filter="data")
        yield Base(project=Project(Path(scratch)), commit=commit)


def _git(project: Project, reference: str, *arguments: str) -> bytes:
    command: Sequence[str] = ["git", "-C", str(project.root), *arguments]
    finished = subprocess.run(command, capture_output=True, check=False)
    if finished.returncode:
        told = finished.stderr.decode(errors="replace").strip().splitlines() or ["nothing in common with HEAD"]
        raise SandboxError(
            f"--base {reference}: {told[0]}",
            "name a branch or commit that this checkout has: git fetch origin, and in CI a checkout with its history",
            exit_code=BAD_INPUT,
        )
    return finished.stdout
