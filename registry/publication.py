"""Publishing: a version becomes visible atomically and never changes.

Order of writes: the claim, on condition that the number is free; files and documents; `SHA256SUMS`, on condition that
the version was not abandoned. A process that is killed before the last write leaves nothing visible.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from registry.claim import ABANDONED, Claim, ClaimedVersion, claim_of, claimed_numbers, claimed_version
from registry.errors import RegistryError, bad_input
from registry.listing import METADATA, SIGNATURE, digest_of
from registry.metadata import Description, Metadata
from registry.model_files import LocalFile, Progress
from registry.names import claim_key, folder, listing_key, require_name
from registry.object_store import ObjectStore
from registry.signing import Signer

ABANDONED_AFTER = timedelta(days=1)
"""Age at which an unfinished publication is removed by the next one."""
_ATTEMPTS = 50


@dataclass(frozen=True, kw_only=True)
class Publication:
    """A request to publish a version."""

    name: str
    description: Description
    published_by: str
    signer: Signer

    def metadata(self, version: int, files: Sequence[LocalFile]) -> Metadata:
        """The metadata of `files` as this version, published now."""
        stored = tuple(file.stored for file in files)
        return Metadata(
            name=self.name,
            version=version,
            published_by=self.published_by,
            published_at=datetime.now(UTC),
            description=self.description,
            files=stored,
            total_size=sum(file.size for file in stored),
        )

    def is_in(self, claimed: ClaimedVersion, files: Sequence[LocalFile]) -> bool:
        """Whether a claim is for exactly this publication and signed by this signer."""
        metadata = claimed.claim.metadata
        again = self.metadata(claimed.version, files).model_copy(update={"published_at": metadata.published_at})
        verifier = self.signer.verifier()
        if metadata != again or verifier is None:
            return False
        try:
            verifier.check(claimed.claim.signature_text.encode(), claimed.claim.signed, "the claim")
        except RegistryError:
            return False
        return True


@dataclass(frozen=True)
class Published:
    """A published version: its metadata, its storage URL and the SHA-256 of its SHA256SUMS."""

    metadata: Metadata
    storage: str
    sha256: str


def publish(
    store: ObjectStore, publication: Publication, files: Sequence[LocalFile], version: int | None, progress: Progress
) -> Published:
    """Publish a model's files, as :func:`read_files` has read them, as `version`, or as the next free number.

    If there is an unfinished publication of the same files, description, publisher and key, it is finished instead.

    Raises:
        RegistryError: the files or the number cannot be used, or the storage fails. Nothing is then visible.
    """
    require_name(publication.name)
    clear(store, publication.name, ABANDONED_AFTER)
    claim = _unfinished(store, publication, files, version) or _claimed(store, publication, files, version)
    return _completed(store, claim, files, progress)


def clear(store: ObjectStore, name: str, older_than: timedelta) -> Sequence[int]:
    """Abandon unfinished publications of a model, delete their files, and return their numbers.

    A publisher that is still uploading one of them fails in its last step.

    Raises:
        RegistryError: the storage fails.
    """
    abandoned: list[int] = []
    for number in claimed_numbers(store, name):
        claimed = claimed_version(store, name, number)
        if claimed is None or claimed.published:
            continue
        young = datetime.now(UTC) - claimed.claim.metadata.published_at < older_than
        if young and not claimed.abandoned:
            continue
        if store.create(listing_key(name, number), ABANDONED):
            left = [entry.key for entry in store.entries(folder(name, number))]
            store.delete(key for key in left if key != listing_key(name, number))
            abandoned += [] if claimed.abandoned else [number]
    return abandoned


def _unfinished(
    store: ObjectStore, publication: Publication, files: Sequence[LocalFile], version: int | None
) -> Claim | None:
    numbers = claimed_numbers(store, publication.name) if version is None else [version]
    for number in reversed(numbers):
        claimed = claimed_version(store, publication.name, number)
        if claimed and claimed.listing is None and publication.is_in(claimed, files):
            return claimed.claim
    return None


def _claimed(store: ObjectStore, publication: Publication, files: Sequence[LocalFile], version: int | None) -> Claim:
    name = publication.name
    for _ in range(_ATTEMPTS):
        number = version or max(claimed_numbers(store, name), default=0) + 1
        claim = claim_of(publication.metadata(number, files), publication.signer)
        if store.create(claim_key(name, number), claim.as_bytes()):
            store.require_kept(claim_key(name, number), claim.as_bytes())
            store.require_conditions(claim_key(name, number))
            return claim
        if version:
            raise _taken(store, name, version)
    raise RegistryError(f"{name}: {_ATTEMPTS} version numbers in a row were taken by other publishers", "publish again")


def _taken(store: ObjectStore, name: str, version: int) -> RegistryError:
    claimed = claimed_version(store, name, version)
    message = f"version {version} of {name} already exists"
    if claimed and not claimed.published:
        by, at = claimed.claim.metadata.published_by, claimed.claim.metadata.published_at
        state = "was abandoned" if claimed.abandoned else "is not finished"
        message = f"version {version} of {name}, started by {by} at {at:%Y-%m-%d %H:%M} UTC, {state}"
    return bad_input(message, "omit --version to use the next free number")


def _completed(store: ObjectStore, claim: Claim, files: Sequence[LocalFile], progress: Progress) -> Published:
    metadata = claim.metadata
    place = folder(metadata.name, metadata.version)
    for file in files:
        store.upload(f"{place}/{file.stored.path}", file.location, progress)
        file.require_unchanged()
    store.put(f"{place}/{METADATA}", claim.metadata_text.encode())
    store.put(f"{place}/{SIGNATURE}", claim.signature_text.encode())
    _require_complete(store, claim)
    if not store.create(listing_key(metadata.name, metadata.version), claim.listing):
        raise RegistryError(
            f"version {metadata.version} of {metadata.name} was abandoned by someone else while it was being published",
            "publish again",
        )
    store.require_kept(listing_key(metadata.name, metadata.version), claim.listing)
    return Published(metadata, f"{store.url}/{place}", digest_of(claim.listing))


def _require_complete(store: ObjectStore, claim: Claim) -> None:
    """Check that the storage has every file and document in its full size.

    The signature of each request covers what was sent, and the claim was read back: storage that alters what it is sent
    shows it in either.
    """
    metadata = claim.metadata
    place = folder(metadata.name, metadata.version)
    sizes = {f"{place}/{file.path}": file.size for file in metadata.files}
    sizes[f"{place}/{METADATA}"] = len(claim.metadata_text.encode())
    sizes[f"{place}/{SIGNATURE}"] = len(claim.signature_text.encode())
    kept = {entry.key: entry.size for entry in store.entries(place)}
    for key, size in sizes.items():
        if kept.get(key) != size:
            raise store.not_kept(key, size, kept.get(key))
