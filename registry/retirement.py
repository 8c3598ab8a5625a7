"""Retirement of versions that must no longer be served. Their files are kept as evidence of what was served."""

from datetime import UTC, datetime

from pydantic import AwareDatetime

from registry.claim import published_listing
from registry.documents import SCHEMA, Document, parsed
from registry.errors import RegistryError, bad_input
from registry.labels import labels_of
from registry.metadata import ShortText
from registry.names import retirement_key
from registry.object_store import ObjectStore


class Retirement(Document):
    """The record of a version's retirement."""

    schema_version: int = SCHEMA
    retired_by: ShortText
    retired_at: AwareDatetime
    reason: ShortText


def retirement_of(store: ObjectStore, name: str, version: int) -> Retirement | None:
    """The retirement of a version, or None if it is not retired."""
    found = store.read(retirement_key(name, version))
    return parsed(Retirement, found.content, f"{store.url}/{retirement_key(name, version)}") if found else None


def retire(store: ObjectStore, name: str, version: int, *, retired_by: str, reason: str) -> Retirement:
    """Retire a version permanently.

    Raises:
        RegistryError: the version is not published, still has a label, or is already retired.
    """
    if published_listing(store, name, version) is None:
        raise bad_input(f"{name} has no version {version}", "see: python -m registry list")
    holding = [label.label for label in labels_of(store, name) if label.version == version]
    if holding:
        raise bad_input(
            f"version {version} of {name} still has the label{'s' if len(holding) > 1 else ''} {', '.join(holding)}",
            "promote another version first",
        )
    retirement = Retirement(retired_by=retired_by, retired_at=datetime.now(UTC), reason=reason)
    if not store.create(retirement_key(name, version), retirement.as_bytes()):
        earlier = retirement_of(store, name, version)
        by = f" by {earlier.retired_by}: {earlier.reason}" if earlier else ""
        raise RegistryError(f"version {version} of {name} is already retired{by}", "nothing is left to do")
    return retirement
