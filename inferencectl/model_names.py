"""Resolves the version names in a stack for one command, before the program runs.

The registry's command line runs in its own process because it has packages that nothing else here needs. It writes a
temporary lock, which `up` adopts for the checkout once the stack may be deployed.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import settings
from inferencectl.engines import has_deployed
from inferencectl.model_changes import ModelChange, changes_of
from inferencectl.workspace.errors import BAD_INPUT, FAILED, SandboxError
from inferencectl.workspace.files import write_atomically
from inferencectl.workspace.project import Project
from inferencectl.workspace.variables import variable

Progress = Callable[[str], None]

_READABLE_BY_ALL = 0o644
_ERROR = "error: "


@dataclass(frozen=True, kw_only=True)
class ModelNames:
    """The lock that a command uses, and what it changes."""

    project: Project
    stack: str
    names: Sequence[str]
    lock: Path
    changes: Sequence[ModelChange]
    committed: bytes | None
    """Content of the checkout's lock when the names were resolved."""

    @property
    def data(self) -> list[Mapping[str, object]]:
        """The changes as JSON-serialisable data."""
        return [change.as_data for change in self.changes]

    def adopt(self) -> None:
        """Replace the checkout's lock with this one.

        Raises:
            SandboxError: the checkout's lock has changed in the meantime.
        """
        target, content = self.project.models_lock, _content(self.lock)
        if content is None or content == (now := _content(target)):
            return
        if now != self.committed:
            raise SandboxError(
                f"{target} was changed while this command ran", "review that change, then run the command again"
            )
        write_atomically(target, content, mode=_READABLE_BY_ALL)

    def record_deployed(self) -> None:
        """Record what is deployed, so that the next command can report changes against it."""
        target, content = self.project.deployed_lock(self.stack), _content(self.lock)
        if content is None:
            target.unlink(missing_ok=True)
        else:
            write_atomically(target, content)


@contextmanager
def model_names(project: Project, stack: str, *, offline: bool, progress: Progress) -> Iterator[ModelNames]:
    """Resolve the version names of a stack and point the program to the result.

    With ``offline``, names resolve to what the checkout's lock pins.

    Raises:
        SandboxError: the registry is unreachable, or a name does not resolve to a version that may be served.
        settings.SettingsError: the stack names versions but no registry.
    """
    project.require_stack(stack)
    named = settings.named_models(stack, settings.read_stack_file(project.stack_file(stack)))
    with TemporaryDirectory(prefix="models-lock-") as scratch:
        committed = _content(project.models_lock)
        lock = project.models_lock
        if named and offline:
            progress(f"offline: {', '.join(named.names)} as pinned in {lock.name}")
        elif named:
            progress(f"asking {named.registry.url} for {', '.join(named.names)}")
            lock = Path(scratch) / lock.name
            _look_up(project, stack, named, lock, progress)
        changes = _changes(project, stack, named, lock)
        with variable(settings.MODELS_LOCK_VARIABLE, str(lock)):
            yield ModelNames(
                project=project,
                stack=stack,
                names=named.names if named else (),
                lock=lock,
                changes=changes,
                committed=committed,
            )


def _changes(project: Project, stack: str, named: settings.NamedModels | None, lock: Path) -> Sequence[ModelChange]:
    deployed = project.deployed_lock(stack)
    return changes_of(
        names=named.names if named else (),
        now=settings.read_pins(lock, stack),
        pinned=settings.read_pins(project.models_lock, stack) if named else settings.Pins(stack),
        deployed=settings.read_pins(deployed, stack) if has_deployed(project.sandbox_directory(stack)) else None,
    )


def _look_up(project: Project, stack: str, named: settings.NamedModels, lock: Path, progress: Progress) -> None:
    if project.models_lock.exists():
        shutil.copy(project.models_lock, lock)
    options = {"stack": stack, "lock": lock, "registry": named.registry.url, "public-key": named.registry.public_key}
    command = [sys.executable, "-m", "registry", "lock", *named.names]
    for option, value in options.items():
        command += [f"--{option}", str(value)]
    environment = {**_storage(named), **os.environ}
    code, error = _ended(command, project.root, environment, progress)
    if code:
        message, _, remedy = error.rpartition("; ")
        raise SandboxError(
            message or "the registry command failed",
            f"{remedy or 'see above'}; nothing was changed, and --offline uses the last pinned versions",
            exit_code=BAD_INPUT if code == BAD_INPUT else FAILED,
        )


def _storage(named: settings.NamedModels) -> Mapping[str, str]:
    """Defaults for reaching the registry; the same variables in the environment override them."""
    return {"AWS_REGION": named.region, **({"AWS_ENDPOINT_URL_S3": named.endpoint} if named.endpoint else {})}


def _ended(
    command: Sequence[str], directory: Path, environment: Mapping[str, str], progress: Progress
) -> tuple[int, str]:
    """The exit code of a command and the error it reported; its other lines are progress."""
    error = ""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=directory, env=environment, stdout=subprocess.DEVNULL, stderr=pipe, text=True
    ) as process:
        for line in process.stderr or ():
            if line.startswith(_ERROR):
                error = line.removeprefix(_ERROR).rstrip()
            else:
                progress(line.rstrip())
    return process.returncode, error


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.exists() else None
