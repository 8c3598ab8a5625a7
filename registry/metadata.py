"""The metadata of a version: its publisher's description, and what the registry adds."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from registry.documents import SCHEMA, Document

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ShortText = Annotated[str, Field(min_length=1, max_length=200)]
Metric = Annotated[float, Field(allow_inf_nan=False)]


class DataClass(StrEnum):
    """Confidentiality of the training data, which the model may reveal."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    PERSONAL = "personal"


class Description(Document):
    """A publisher's description of a version."""

    framework: ShortText
    """Framework and version, such as `tensorflow 2.19.1`."""
    data_revision: ShortText
    """Revision of the training data, as identified by the data store."""
    code_revision: ShortText
    """Commit of the training code."""
    licence: ShortText
    """SPDX expression, such as `Apache-2.0`, or the name of a custom licence."""
    data_class: DataClass
    retention_days: Annotated[int, Field(ge=1, le=36_500)]
    """Number of days after publication during which the version may be served."""
    metrics: Annotated[Mapping[str, Metric], Field(min_length=1)]
    """Evaluation metrics by name, such as `accuracy: 0.984`."""
    signatures: Mapping[str, Any] = Field(default_factory=dict)
    """Serving signatures, with inputs and outputs by name."""
    origin: ShortText | None = None
    """Source of an imported version."""


class StoredFile(Document):
    """One file of a model: its path in the version's folder, its SHA-256 and its size in bytes."""

    path: str
    sha256: Sha256
    size: Annotated[int, Field(ge=0)]


class Metadata(Document):
    """The `metadata.json` of a version, signed together with the files that it lists."""

    schema_version: Literal[1] = SCHEMA
    name: str
    version: Annotated[int, Field(ge=1, le=2**63 - 1)]
    published_by: ShortText
    published_at: AwareDatetime
    description: Description
    files: tuple[StoredFile, ...]
    total_size: int
    """Size of all files in bytes, from which a pod's memory is derived."""

    @property
    def retained_until(self) -> date:
        """The last day, in UTC, on which the version may be served."""
        return (self.published_at.astimezone(UTC) + timedelta(days=self.description.retention_days)).date()

    def retention_passed(self, now: datetime) -> bool:
        """Whether the version is past its retention and may no longer be served."""
        return now.astimezone(UTC).date() > self.retained_until
