"""What every source of models can do, whichever product it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from registry.model_files import Progress
from registry.names import Reference


@dataclass(frozen=True, kw_only=True)
class ModelVersion:
    """A version as its source knows it; what a source does not know is None."""

    name: str
    version: int
    storage: str
    """Where its files are."""
    sha256: str | None
    """SHA-256 of its SHA256SUMS, by which a stack names it; only the platform's own registry has it."""
    labels: tuple[str, ...]
    published_by: str | None
    published_at: datetime
    metrics: Mapping[str, float]
    framework: str | None = None
    data_revision: str | None = None
    code_revision: str | None = None
    licence: str | None = None
    data_class: str | None = None
    total_size: int | None = None
    """Bytes of its files."""
    retained_until: date | None = None
    retired: str | None = None
    """Why it must not be served any more."""


class Source(Protocol):
    """A registry of models. Every method raises RegistryError where something is not there or cannot be reached."""

    def models(self) -> Sequence[str]:
        """The names of the models."""
        ...

    def versions(self, name: str) -> Sequence[ModelVersion]:
        """The versions of a model, in ascending order."""
        ...

    def number(self, wanted: Reference) -> int:
        """The version that a number or label means now; nothing is verified."""
        ...

    def show(self, name: str, version: int) -> ModelVersion:
        """One version."""
        ...

    def resolve(self, wanted: Reference) -> ModelVersion:
        """The version that a number or label means now, verified as far as the source can."""
        ...

    def fetch(self, version: ModelVersion, directory: Path, progress: Progress) -> None:
        """Copy the version's files to `directory`, which does not exist yet, wholly or not at all."""
        ...
