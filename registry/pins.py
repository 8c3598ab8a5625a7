"""`models.lock`: which version each name in a stack means, for a program that asks no registry."""

import dataclasses
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from registry.documents import SCHEMA, Document, parsed
from registry.errors import bad_input
from registry.metadata import Metric, Sha256, Words
from registry.source import ModelVersion

_READABLE_BY_ALL = 0o644


class Pin(Document):
    """The version that a name means, and what is known of it."""

    version: int
    storage: str
    sha256: Sha256
    size_bytes: Annotated[int, Field(ge=0)]
    metrics: Mapping[str, Metric]
    published_by: Words
    published_at: AwareDatetime
    key_fingerprint: Sha256
    """SHA-256 of the public key that its signature was checked with."""

    @classmethod
    def of(cls, found: ModelVersion, key_fingerprint: str) -> "Pin":
        """The pin of a version of the platform's own registry, which knows all of it."""
        known = {key: value for key, value in dataclasses.asdict(found).items() if key in cls.model_fields}
        return cls.model_validate({**known, "size_bytes": found.total_size, "key_fingerprint": key_fingerprint})

    def is_of(self, found: ModelVersion) -> bool:
        """Whether this is the pin of just that version."""
        return (self.version, self.storage, self.sha256) == (found.version, found.storage, found.sha256)


class Lock(Document):
    """The pins of every stack, by the names that the stack has."""

    schema_version: Literal[1] = SCHEMA
    stacks: Mapping[str, Mapping[str, Pin]] = Field(default_factory=dict)

    def of(self, stack: str) -> Mapping[str, Pin]:
        """The pins of a stack."""
        return self.stacks.get(stack, {})

    def having(self, stack: str, pins: Mapping[str, Pin]) -> "Lock":
        """This lock with other pins for one stack."""
        return self.model_copy(update={"stacks": {**self.stacks, stack: pins}})

    def as_bytes(self) -> bytes:
        """As `Document` says, in the order of the names: what did not change makes no difference between commits."""
        content = self.model_dump(mode="json", by_alias=True)
        return (json.dumps(content, indent=2, sort_keys=True) + "\n").encode()


def read_lock(file: Path) -> Lock:
    """The lock in a file; an empty one where there is no file.

    Raises:
        RegistryError: the file cannot be read, or is no lock.
    """
    try:
        return parsed(Lock, file.read_bytes(), str(file))
    except FileNotFoundError:
        return Lock()
    except OSError as error:
        raise bad_input(f"{file}: cannot be read: {error.strerror}", "name a file that can be read") from None


def write_lock(file: Path, lock: Lock) -> None:
    """Replace a lock at one stroke; one that says the same already is not touched.

    Raises:
        RegistryError: the file cannot be written; it is unchanged then.
    """
    content = lock.as_bytes()
    try:
        if file.exists() and file.read_bytes() == content:
            return
        _replace(file, content)
    except OSError as error:
        raise bad_input(f"{file}: cannot be written: {error.strerror}", "name a file in a writable directory") from None


def _replace(file: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as temporary:
        try:
            temporary.write(content)
            temporary.flush()
            os.fchmod(temporary.fileno(), _READABLE_BY_ALL)
            os.fsync(temporary.fileno())
            Path(temporary.name).replace(file)
        except BaseException:
            Path(temporary.name).unlink(missing_ok=True)
            raise
