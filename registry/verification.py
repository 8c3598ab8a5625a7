"""Verification that a published version is unmodified, signed and may still be served."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from registry.claim import listed_digests, published_listing
from registry.documents import parsed
from registry.errors import RegistryError, bad_input
from registry.listing import LISTING, METADATA, OWN_FILES, SIGNATURE, digest_of
from registry.metadata import Metadata
from registry.model_files import Progress
from registry.names import folder
from registry.object_store import ObjectStore
from registry.retirement import retirement_of
from registry.signing import Verifier

_DO_NOT_SERVE = "do not serve it; publish the model again"


def verify(store: ObjectStore, name: str, version: int, verifier: Verifier, progress: Progress) -> Metadata:
    """Verify every file of a version, its signature, its metadata and that it may be served.

    ``progress`` is told of the model's bytes, which ``total_size`` counts.

    Raises:
        RegistryError: a file is modified, missing or unexpected, the signature is missing or by another signer, the
            metadata belongs to another version, or the version may no longer be served.
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
            if path not in OWN_FILES:
                progress(len(chunk))
        if content.hexdigest() != digest:
            raise RegistryError(f"{store.url}/{place}/{path} was modified: its SHA-256 differs", _DO_NOT_SERVE)
    return metadata


def verify_documents(store: ObjectStore, name: str, version: int, verifier: Verifier) -> Metadata:
    """Verify a version's signature over the digests in its listing, without reading the model's files.

    Pods that serve the version verify the files against that listing: components/model_service/scripts/verify.sh.

    Raises:
        RegistryError: as for `verify`, except for the files themselves.
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
        raise RegistryError(f"{place} contains {metadata.name} version {metadata.version}", _DO_NOT_SERVE)
    require_servable(store, metadata, datetime.now(UTC))
    return metadata


def listed_file(store: ObjectStore, name: str, version: int, path: str) -> bytes | None:
    """The content of a file of a version, as its listing has it; None if it has no such file.

    Raises:
        RegistryError: the file is missing or modified.
    """
    listing = published_listing(store, name, version) or b""
    digest = listed_digests(store, name, version, listing).get(path)
    if digest is None:
        return None
    key = f"{folder(name, version)}/{path}"
    found = store.read(key)
    if found is None or digest_of(found.content) != digest:
        raise RegistryError(f"{store.url}/{key} was modified or removed", _DO_NOT_SERVE)
    return found.content


def require_servable(store: ObjectStore, metadata: Metadata, now: datetime) -> None:
    """Check that a version is neither retired nor past its retention.

    Raises:
        RegistryError: the version may no longer be served.
    """
    version = f"version {metadata.version} of {metadata.name}"
    retirement = retirement_of(store, metadata.name, metadata.version)
    if retirement:
        raise RegistryError(
            f"{version} was retired by {retirement.retired_by}: {retirement.reason}", "use another version"
        )
    if metadata.retention_passed(now):
        raise RegistryError(
            f"{version} is past its retention, which ended on {metadata.retained_until}",
            "use or publish another version",
        )


def _document(store: ObjectStore, name: str, version: int, path: str, digests: Mapping[str, str]) -> bytes:
    key = f"{folder(name, version)}/{path}"
    found = store.read(key)
    if found is None or path not in digests:
        what = "the version is not signed" if path == SIGNATURE else "the metadata is missing"
        raise RegistryError(f"{store.url}/{folder(name, version)}: {what} (no {path})", _DO_NOT_SERVE)
    if digest_of(found.content) != digests[path]:
        raise RegistryError(f"{store.url}/{key} was modified: its SHA-256 differs", _DO_NOT_SERVE)
    return found.content


def _require_same_files(place: str, present: set[str], digests: Mapping[str, str]) -> None:
    for what, paths in (("missing", digests.keys() - present), ("unexpected", present - digests.keys())):
        if paths:
            shown = ", ".join(sorted(paths)[:5])
            raise RegistryError(f"{place}: {what} files: {shown}", _DO_NOT_SERVE)
