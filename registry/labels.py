"""Labels: names such as `stable` that are moved from version to version, with the history of their moves."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from pydantic import AwareDatetime

from registry.claim import published_listing
from registry.documents import SCHEMA, Document, parsed
from registry.errors import RegistryError, bad_input
from registry.listing import digest_of
from registry.metadata import Sha256, ShortText
from registry.names import LATEST, label_key, labels_folder, require_label
from registry.object_store import ObjectStore


class Move(Document):
    """One move of a label to another version. `from_version` is None for the first."""

    moved_by: ShortText
    moved_at: AwareDatetime
    from_version: int | None
    to_version: int


class Label(Document):
    """The stored document of a label."""

    schema_version: int = SCHEMA
    name: str
    label: str
    version: int
    sha256: Sha256
    """SHA-256 of the version's SHA256SUMS when the label was moved to it."""
    expires: date | None = None
    """Last day, in UTC, on which the label is valid."""
    history: tuple[Move, ...]

    def expired(self, now: datetime) -> bool:
        """Whether the label has expired."""
        return self.expires is not None and now.astimezone(UTC).date() > self.expires


def read_label(store: ObjectStore, name: str, label: str) -> Label | None:
    """The label, or None if the model has no such label."""
    found = store.read(label_key(name, label))
    return parsed(Label, found.content, f"{store.url}/{label_key(name, label)}") if found else None


def labels_of(store: ObjectStore, name: str) -> list[Label]:
    """Every label of a model.

    Raises:
        RegistryError: one of them cannot be read.
    """
    labels, unreadable = readable_labels(store, name)
    if unreadable:
        raise unreadable[0]
    return labels


def readable_labels(store: ObjectStore, name: str) -> tuple[list[Label], list[RegistryError]]:
    """The labels of a model that can be read, and why others cannot."""
    prefix = f"{labels_folder(name)}/"
    labels: list[Label] = []
    unreadable: list[RegistryError] = []
    for stem in [entry.key.removeprefix(prefix).removesuffix(".json") for entry in store.entries(labels_folder(name))]:
        try:
            label = read_label(store, name, stem)
        except RegistryError as error:
            unreadable.append(error)
        else:
            labels += [label] if label else []
    return labels, unreadable


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """A request to move a label to a version."""

    name: str
    version: int
    label: str
    moved_by: str
    expected: int | None = None
    """The version that must have the label now; None to accept any."""
    expires: date | None = None
    """Last day, in UTC, on which the label is valid; None for no limit."""


def require_lasting(expires: date | None) -> None:
    """Check that a label with this last day would be valid today, in UTC.

    Raises:
        RegistryError: the day is over.
    """
    today = datetime.now(UTC).date()
    if expires and expires < today:
        raise bad_input(f"--expires {expires} is over: today is {today} (UTC)", "specify a day to come, or none")


def promote(store: ObjectStore, promotion: Promotion) -> Label:
    """Move a label to a version that the caller has verified.

    Raises:
        RegistryError: the label would have expired, the version is not published, the label is not where it was
            expected, or it was moved concurrently. The label is then unchanged.
    """
    name, label = promotion.name, promotion.label
    require_lasting(promotion.expires)
    require_label(label)
    if label == LATEST:
        raise bad_input(f"label '{LATEST}' is reserved for the highest version", "use another label")
    listing = published_listing(store, name, promotion.version)
    if listing is None:
        raise bad_input(f"{name} has no version {promotion.version}", "see: python -m registry list")
    key = label_key(name, label)
    found = store.read(key)
    before = parsed(Label, found.content, f"{store.url}/{key}") if found else None
    after = _moved(promotion, before, digest_of(listing))
    written = store.replace(key, after.as_bytes(), found.tag) if found else store.create(key, after.as_bytes())
    if not written:
        raise RegistryError(
            f"{name}@{label} was moved concurrently by someone else", "review the change, then promote again"
        )
    return after


def _moved(promotion: Promotion, before: Label | None, sha256: str) -> Label:
    current = before.version if before else None
    if promotion.expected is not None and current != promotion.expected:
        raise RegistryError(
            f"{promotion.name}@{promotion.label} is {current or 'not set'}, expected {promotion.expected}",
            "review the change, then promote again",
        )
    move = Move(
        moved_by=promotion.moved_by,
        moved_at=datetime.now(UTC),
        from_version=current,
        to_version=promotion.version,
    )
    return Label(
        name=promotion.name,
        label=promotion.label,
        version=promotion.version,
        sha256=sha256,
        expires=promotion.expires,
        history=(*(before.history if before else ()), move),
    )
