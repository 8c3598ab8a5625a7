"""`models.lock`: the version of each name in a stack, so that the program does not need the registry."""

import dataclasses
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from registry.documents import SCHEMA, Document, parsed
from registry.drift_reference import Noise
from registry.errors import bad_input
from registry.metadata import Metric, Sha256, ShortText
from registry.source import ModelVersion

_READABLE_BY_ALL = 0o644


class Pin(Document):
    """The version to which a name is pinned, with its metadata."""

    version: int
    storage: str
    sha256: Sha256
    size_bytes: Annotated[int, Field(ge=0)]
    metrics: Mapping[str, Metric]
    published_by: ShortText
    published_at: AwareDatetime
    drift: tuple[Noise, ...] = ()
    """What limits the comparison with its reference distribution, if it has one."""
    key_fingerprint: Sha256
    """SHA-256 of the public key with which the signature was verified."""

    @classmethod
    def of(cls, found: ModelVersion, key_fingerprint: str, drift: tuple[Noise, ...] = ()) -> "Pin":
        """The pin of a version in the platform's own registry, which has all of its metadata."""
        known = {key: value for key, value in dataclasses.asdict(found).items() if key in cls.model_fields}
        return cls.model_validate(
            {**known, "size_bytes": found.total_size, "key_fingerprint": key_fingerprint, "drift": drift}
        )

    def matches(self, found: ModelVersion) -> bool:
        """Whether this is the pin of exactly that version."""
        return (self.version, self.storage, self.sha256) == (found.version, found.storage, found.sha256)


class Lock(Document):
    """The pins of every stack by name."""

    schema_version: Literal[1] = SCHEMA
    stacks: Mapping[str, Mapping[str, Pin]] = Field(default_factory=dict)

    def of(self, stack: str) -> Mapping[str, Pin]:
        """The pins of a stack."""
        return self.stacks.get(stack, {})

    def with_pins(self, stack: str, pins: Mapping[str, Pin]) -> "Lock":
        """A copy of this lock with the pins of one stack replaced."""
        return self.model_copy(update={"stacks": {**self.stacks, stack: pins}})

    def as_bytes(self) -> bytes:
        """See `Document`. Sorted by name to keep diffs small."""
        content = self.model_dump(mode="json", by_alias=True)
        return (json.dumps(content, indent=2, sort_keys=True) + "\n").encode()


def read_lock(file: Path) -> Lock:
    """The lock in a file, or an empty one if the file does not exist.

    Raises:
        RegistryError: the file cannot be read, or is not a valid lock.
    """
    try:
        return parsed(Lock, file.read_bytes(), str(file))
    except FileNotFoundError:
        return Lock()
    except OSError as error:
        raise bad_input(f"{file}: cannot be read: {error.strerror}", "specify a readable file") from None


def write_lock(file: Path, lock: Lock) -> None:
    """Replace the lock in a file atomically; a file with the same content is left untouched.

    Raises:
        RegistryError: the file cannot be written. It is then unchanged.
    """
    content = lock.as_bytes()
    try:
        if file.exists() and file.read_bytes() == content:
            return
        _replace(file, content)
    except OSError as error:
        raise bad_input(
            f"{file}: cannot be written: {error.strerror}", "specify a file in a writable directory"
        ) from None


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
