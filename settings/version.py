"""One version of a model."""

from typing import Annotated

from pydantic import Field

from settings.section import Section, WholeNumber
from settings.text import DnsLabel, Sha256, StorageUri


class Version(Section):
    """One exported version of a model, and its share of the requests."""

    version: Annotated[WholeNumber, Field(ge=1, le=2**63 - 1)]
    """Number of the version, as the runtime knows it."""
    storage: StorageUri
    """Folder in object storage that holds the files of the version and their `SHA256SUMS`."""
    sha256: Sha256
    """SHA-256 of that `SHA256SUMS` file; nothing is served whose digests differ."""
    weight: Annotated[WholeNumber, Field(ge=0, le=100)] = 100
    """Share of the requests in percent; each of several versions must name it, and they sum to 100."""
    labels: tuple[DnsLabel, ...] = ()
    """Names by which clients can ask for the version, such as `stable` or `canary`."""
