"""The files that a promotion writes, once all of them may be."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from inferencectl.promotion.change import Change, Proved, entry_of
from inferencectl.promotion.keys import AS_PROVED, key_of
from inferencectl.promotion.models_lock import with_pin
from inferencectl.promotion.stack_text import promoted
from inferencectl.releases.stack_file import flow
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.files import write_atomically
from inferencectl.workspace.project import Project
from inferencectl.workspace.variables import variable
from settings import MODELS_LOCK_VARIABLE, Platform


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """The texts of the stack file and of the lock before and after; the lock is None where it stays as it is."""

    project: Project
    target: str
    before: str
    after: str
    lock: str | None

    @classmethod
    def of(cls, project: Project, proved: Proved, target: str, change: Change, remark: str) -> "Promotion":
        """What the change means for the files.

        Raises:
            SandboxError: others would change with the model.
        """
        file = project.stack_file(target)
        before = file.read_text(encoding="utf-8")
        after = promoted(before, proved.model.name, change, remark)
        if after is None:
            raise SandboxError(
                f"{file.name}: {proved.model.name} is written such that others would change with it",
                f"write it out without anchors and aliases, or add this yourself: {change.version or ''} {change.keys}",
                exit_code=BAD_INPUT,
            )
        name = (change.version or {}).get("name")
        pinned = proved.version.name or ""
        lock = with_pin(project.models_lock, proved.stack, target, pinned, name) if name else None
        return cls(project=project, target=target, before=before, after=after, lock=lock)

    @contextmanager
    def tried(self) -> Iterator[Path]:
        """A copy of the stack file after the change, and the lock as the one that programs read."""
        with TemporaryDirectory(prefix="promotion-") as scratch:
            file = Path(scratch) / self.project.stack_file(self.target).name
            file.write_text(self.after, encoding="utf-8")
            if self.lock is None:
                yield file
                return
            lock = Path(scratch) / self.project.models_lock.name
            lock.write_text(self.lock, encoding="utf-8")
            with variable(MODELS_LOCK_VARIABLE, str(lock)):
                yield file

    def write(self) -> list[str]:
        """Write what has changed, each file whole or not at all; returns the names of the files.

        The lock comes first: a pin that nothing refers to yet is harmless.

        Raises:
            SandboxError: somebody has changed the stack file in the meantime.
        """
        file = self.project.stack_file(self.target)
        if file.read_text(encoding="utf-8") != self.before:
            raise SandboxError(f"{file.name} was changed while this command ran", "run the same command again")
        written = {self.project.models_lock: self.lock, file: self.after}
        for path, text in written.items():
            if text is not None:
                write_atomically(path, text, mode=stat.S_IMODE(path.stat().st_mode))
        return [path.name for path, text in written.items() if text is not None]


def new_model(proved: Proved, target: str, place: Platform) -> SandboxError:
    """The refusal of a model that the stack does not have, with the lines of it that were proved."""
    entry = entry_of(proved, place)
    size = {} if "name" in entry else {"size": proved.model.size}
    kept = {
        key: proved.written[key]
        for key in map(key_of, (*AS_PROVED, "warmup", "load_timeout_seconds"))
        if key in proved.written
    }
    lines = [f"{key}: {flow(value)}" for key, value in {**size, **kept}.items()]
    resources = f"resources: {proved.model.resources}  # as in {proved.stack}; choose for {target}"
    indented = "\n        ".join([f"name: {proved.model.name}", *lines, resources, f"versions: [{flow(entry)}]"])
    locked = f", then run make lock-models STACK={target}" if "name" in entry else ""
    return SandboxError(
        f"{target} has no model {proved.model.name} yet, and its resources and clients are yours to decide",
        f"add this to the models of Pulumi.{target}.yaml{locked}:\n\n      - {indented}",
        exit_code=BAD_INPUT,
    )
