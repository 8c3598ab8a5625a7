"""Whether a published version is what its publisher signed, and whether it may still be served."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from registry.claim import listed_digests, published_listing
from registry.documents import parsed
from registry.errors import RegistryError, bad_input
from registry.listing import LISTING, METADATA, SIGNATURE, digest_of
from registry.metadata import Metadata
from registry.model_files import Progress
from registry.names import folder
from registry.object_store import ObjectStore
from registry.retirement import retirement_of
from registry.signing import Verifier

_REFUSE = "do not serve it; publish the model again"


def verify(store: ObjectStore, name: str, version: int, verifier: Verifier, progress: Progress) -> Metadata:
    """Read every byte of a version and check all there is to check.

    Raises:
        RegistryError: a file is changed, missing or extra, the signature is missing or of another signer, the metadata
            is of another version, or the version may no longer be served.
    """
    metadata = verify_documents(store, name, version, verifier)
    listing = published_listing(store, name, version) or b""
    digests = listed_digests(store, name, version, listing)
    place = folder(name, version)
    present = {entry.key.removeprefix(f"{place}/") for entry in store.entries(place)} - {LISTING}
    _require_same_files(f"{store.url}/{place}", present, digests)
    for path, digest in digests.items():
        content = hashlib.sha256()
        for chunk in store.chunks(f"{place}/{path}"):
            content.update(chunk)
            progress(len(chunk))
        if content.hexdigest() != digest:
            raise RegistryError(f"{store.url}/{place}/{path} was changed: its SHA-256 differs", _REFUSE)
    return metadata


def verify_documents(store: ObjectStore, name: str, version: int, verifier: Verifier) -> Metadata:
    """Check a version's signature over the digests that its listing names, without reading the model's files.

    What serves the version checks each file against that listing: components/model_service/scripts/verify.sh.

    Raises:
        RegistryError: as `verify`, but for the files themselves.
    """
    place = f"{store.url}/{folder(name, version)}"
    listing = published_listing(store, name, version)
    if listing is None:
        raise bad_input(f"{name} has no version {version}", "see: python -m registry list")
    digests = listed_digests(store, name, version, listing)
    signature = _document(store, name, version, SIGNATURE, digests)
    metadata_text = _document(store, name, version, METADATA, digests)
    signed = {path: digest for path, digest in digests.items() if path != SIGNATURE}
    verifier.check(signature, signed, place)
    metadata = parsed(Metadata, metadata_text, f"{place}/{METADATA}")
    listed = {file.path: file.sha256 for file in metadata.files}
    if (metadata.name, metadata.version) != (name, version) or {**listed, METADATA: signed[METADATA]} != signed:
        raise RegistryError(f"{place} holds {metadata.name} version {metadata.version}: it was copied there", _REFUSE)
    require_servable(store, metadata, datetime.now(UTC))
    return metadata


def require_servable(store: ObjectStore, metadata: Metadata, now: datetime) -> None:
    """Refuse a version that is retired, or whose retention has passed.

    Raises:
        RegistryError: it may no longer be served.
    """
    told = f"version {metadata.version} of {metadata.name}"
    retirement = retirement_of(store, metadata.name, metadata.version)
    if retirement:
        raise RegistryError(
            f"{told} was retired by {retirement.retired_by}: {retirement.reason}", "use another version"
        )
    if metadata.retention_passed(now):
        raise RegistryError(
            f"{told} was to be kept until {metadata.retained_until}, which has passed", "publish it anew or use another"
        )


def _document(store: ObjectStore, name: str, version: int, path: str, digests: Mapping[str, str]) -> bytes:
    key = f"{folder(name, version)}/{path}"
    found = store.read(key)
    if found is None or path not in digests:
        what = "it is not signed" if path == SIGNATURE else "its metadata is missing"
        raise RegistryError(f"{store.url}/{folder(name, version)}: {what} (no {path})", _REFUSE)
    if digest_of(found.content) != digests[path]:
        raise RegistryError(f"{store.url}/{key} was changed: its SHA-256 differs", _REFUSE)
    return found.content


def _require_same_files(place: str, present: set[str], digests: Mapping[str, str]) -> None:
    for what, paths in (("misses", digests.keys() - present), ("has extra", present - digests.keys())):
        if paths:
            shown = ", ".join(sorted(paths)[:5])
            raise RegistryError(f"{place} {what} files: {shown}", _REFUSE)
