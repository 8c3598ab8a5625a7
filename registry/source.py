"""The interface of all registries of models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from registry.errors import RegistryError
from registry.model_files import Progress
from registry.names import Reference


@dataclass(frozen=True, kw_only=True)
class ModelVersion:
    """A version as described by its source; unknown fields are None."""

    name: str
    version: int
    storage: str
    """URL of the version's files."""
    sha256: str | None
    """SHA-256 of its SHA256SUMS, which a stack specifies; only the platform's own registry has it."""
    labels: tuple[str, ...]
    """Labels that hold today."""
    published_by: str | None
    published_at: datetime
    metrics: Mapping[str, float]
    framework: str | None = None
    data_revision: str | None = None
    code_revision: str | None = None
    licence: str | None = None
    data_class: str | None = None
    total_size: int | None = None
    """Size of its files in bytes."""
    retained_until: date | None = None
    """Last day, in UTC, on which it may be served."""
    expired_labels: tuple[str, ...] = ()
    """Labels that mean nothing any more until someone promotes a version to them again."""
    retired: str | None = None
    """Reason for which it must no longer be served, if it is retired."""


@dataclass(frozen=True)
class Overview:
    """The versions of a model that can be read, in ascending order, and why others, or their labels, cannot."""

    versions: Sequence[ModelVersion]
    unreadable: Sequence[RegistryError] = ()


class Source(Protocol):
    """A registry of models. Methods raise RegistryError if something does not exist or the registry is unreachable."""

    def models(self) -> Sequence[str]:
        """The names of the models."""
        ...

    def overview(self, name: str) -> Overview:
        """The versions of a model; one that cannot be read does not hide the others."""
        ...

    def number(self, wanted: Reference) -> int:
        """The number of the version to which a reference resolves, without verification."""
        ...

    def show(self, name: str, version: int) -> ModelVersion:
        """One version."""
        ...

    def resolve(self, wanted: Reference) -> ModelVersion:
        """The version to which a reference resolves, verified as far as the source supports."""
        ...

    def fetch(self, version: ModelVersion, directory: Path, progress: Progress) -> None:
        """Copy all files of a version to `directory`, which must not exist; on failure nothing is left there."""
        ...
