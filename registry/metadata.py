"""What is known of a version: what its publisher says of it, and what the registry adds."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from registry.documents import SCHEMA, Document

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Words = Annotated[str, Field(min_length=1, max_length=200)]
Metric = Annotated[float, Field(allow_inf_nan=False)]


class DataClass(StrEnum):
    """How confidential the data is that the model was trained on, and so may give away."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    PERSONAL = "personal"


class Description(Document):
    """What a publisher says of a version."""

    framework: Words
    """Framework and its version, such as `tensorflow 2.19.1`."""
    data_revision: Words
    """Revision of the training data, as its own store names it."""
    code_revision: Words
    """Revision of the training code: a commit."""
    licence: Words
    """SPDX expression, such as `Apache-2.0`, or the name of a licence of one's own."""
    data_class: DataClass
    retention_days: Annotated[int, Field(ge=1, le=36_500)]
    """Days from publication after which the version is no longer served."""
    metrics: Annotated[Mapping[str, Metric], Field(min_length=1)]
    """Figures of the evaluation by name, such as `accuracy: 0.984`."""
    signatures: Mapping[str, Any] = Field(default_factory=dict)
    """Serving signatures: inputs and outputs by name."""
    origin: Words | None = None
    """Where the version was imported from, for one that was."""


class StoredFile(Document):
    """One file of a model: its path below the version's folder, its digest and its size in bytes."""

    path: str
    sha256: Sha256
    size: Annotated[int, Field(ge=0)]


class Metadata(Document):
    """`metadata.json` of a version; it is signed together with the files that it lists."""

    schema_version: Literal[1] = SCHEMA
    name: str
    version: Annotated[int, Field(ge=1, le=2**63 - 1)]
    published_by: Words
    published_at: AwareDatetime
    description: Description
    files: tuple[StoredFile, ...]
    total_size: int
    """Bytes of all files together; a pod's memory follows from it."""

    @property
    def retained_until(self) -> date:
        """The last day, in UTC, on which the version may be served."""
        return (self.published_at.astimezone(UTC) + timedelta(days=self.description.retention_days)).date()

    def retention_passed(self, now: datetime) -> bool:
        """Whether the version may no longer be served."""
        return now.astimezone(UTC).date() > self.retained_until
