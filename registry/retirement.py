"""Retirement: a version that must not be served any more. Its files stay as evidence of what was served."""

from datetime import UTC, datetime

from pydantic import AwareDatetime

from registry.claim import published_listing
from registry.documents import SCHEMA, Document, parsed
from registry.errors import RegistryError, bad_input
from registry.labels import labels_of
from registry.metadata import Words
from registry.names import retirement_key
from registry.object_store import ObjectStore


class Retirement(Document):
    """Who retired a version, when and why."""

    schema_version: int = SCHEMA
    retired_by: Words
    retired_at: AwareDatetime
    reason: Words


def retirement_of(store: ObjectStore, name: str, version: int) -> Retirement | None:
    """The version's retirement, or None where it may be served."""
    found = store.read(retirement_key(name, version))
    return parsed(Retirement, found.content, f"{store.url}/{retirement_key(name, version)}") if found else None


def retire(store: ObjectStore, name: str, version: int, *, retired_by: str, reason: str) -> Retirement:
    """Retire a version, for good.

    Raises:
        RegistryError: it is not published, a label is still on it, or it is retired already.
    """
    if published_listing(store, name, version) is None:
        raise bad_input(f"{name} has no version {version}", "see: python -m registry list")
    holding = [label.label for label in labels_of(store, name) if label.version == version]
    if holding:
        raise bad_input(
            f"version {version} of {name} still has the label {', '.join(holding)}", "promote another version first"
        )
    retirement = Retirement(retired_by=retired_by, retired_at=datetime.now(UTC), reason=reason)
    if not store.create(retirement_key(name, version), retirement.as_bytes()):
        earlier = retirement_of(store, name, version)
        by = f" by {earlier.retired_by}: {earlier.reason}" if earlier else ""
        raise RegistryError(f"version {version} of {name} is retired already{by}", "there is nothing left to do")
    return retirement
