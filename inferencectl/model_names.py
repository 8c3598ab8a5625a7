"""What the versions that a stack names mean in one command: asked of the registry before the program runs.

The registry's command line runs in a process of its own, which has packages that nothing else here needs. It writes a
lock to a place that is forgotten with the command; `up` adopts it for the checkout once the stack may be deployed.
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
    """The lock that a command goes by, and what it changes."""

    project: Project
    stack: str
    lock: Path
    changes: Sequence[ModelChange]
    committed: bytes | None
    """The checkout's lock as it was when the names were looked up."""

    def adopt(self) -> None:
        """Make the lock that of the checkout.

        Raises:
            SandboxError: somebody else has changed the checkout's lock meanwhile.
        """
        target, content = self.project.models_lock, _content(self.lock)
        if content is None or content == (now := _content(target)):
            return
        if now != self.committed:
            raise SandboxError(f"{target} was changed meanwhile, by another command or by hand", "run it again")
        write_atomically(target, content, mode=_READABLE_BY_ALL)

    def record_deployed(self) -> None:
        """Note what is deployed now, so that the next command can say what it changes."""
        target, content = self.project.deployed_lock(self.stack), _content(self.lock)
        if content is None:
            target.unlink(missing_ok=True)
        else:
            write_atomically(target, content)


@contextmanager
def model_names(project: Project, stack: str, *, offline: bool, progress: Progress) -> Iterator[ModelNames]:
    """Look up what the names of a stack mean now, and point the program to it.

    ``offline`` means what the checkout's lock says.

    Raises:
        SandboxError: the registry cannot be reached, or a name means nothing that may be served.
        settings.SettingsError: the stack does not say where to look its names up.
    """
    project.require_stack(stack)
    named = settings.named_models(stack, settings.read_stack_file(project.stack_file(stack)))
    with TemporaryDirectory(prefix="models-lock-") as scratch:
        committed = _content(project.models_lock)
        lock = project.models_lock
        if named and offline:
            progress(f"offline: {', '.join(named.names)} as {lock.name} has it")
        elif named:
            progress(f"asking {named.registry.url} for {', '.join(named.names)}")
            lock = Path(scratch) / lock.name
            _look_up(project, stack, named, lock, progress)
        changes = _changes(project, stack, named, lock)
        with variable(settings.MODELS_LOCK_VARIABLE, str(lock)):
            yield ModelNames(project=project, stack=stack, lock=lock, changes=changes, committed=committed)


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
            message or "the registry's command line broke down",
            f"{remedy or 'see above'}; nothing was changed, and --offline goes on with the last pins",
            exit_code=BAD_INPUT if code == BAD_INPUT else FAILED,
        )


def _storage(named: settings.NamedModels) -> Mapping[str, str]:
    """Where the registry is; whoever reaches it otherwise from here says so by the same variables."""
    return {"AWS_REGION": named.region, **({"AWS_ENDPOINT_URL_S3": named.endpoint} if named.endpoint else {})}


def _ended(
    command: Sequence[str], directory: Path, environment: Mapping[str, str], progress: Progress
) -> tuple[int, str]:
    """The exit code of a command and the error that it told; its other lines are progress."""
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
