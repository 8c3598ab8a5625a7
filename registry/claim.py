"""Claims: the intended content of a version, written before its first file and kept forever.

A claim holds every document of its version, byte for byte, and the digest of every file. All publishers of the version
therefore write the same bytes: anyone who has the files can finish an interrupted publication, and neither a lease nor
a clock decides who may write. A claimed number is never reused.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from registry.documents import Document, parsed
from registry.listing import METADATA, SIGNATURE, digest_of, listing_of, parsed_listing
from registry.metadata import Metadata
from registry.names import claim_key, claims_folder, listing_key
from registry.object_store import ObjectStore
from registry.signing import Digests, Signer

ABANDONED = b"given up: this version was never published\n"
"""Written in place of a version's listing to prevent its publisher from publishing it."""


class Claim(Document):
    """The documents of a version, as text."""

    metadata_text: str
    signature_text: str

    @property
    def metadata(self) -> Metadata:
        """The metadata of the version."""
        return parsed(Metadata, self.metadata_text.encode(), "the metadata of a claim")

    @property
    def signed(self) -> Digests:
        """The digests that the signature covers: those of the model's files and the metadata."""
        return signed_digests(self.metadata)

    @property
    def listing(self) -> bytes:
        """The content of the version's SHA256SUMS."""
        return listing_of({**self.signed, SIGNATURE: digest_of(self.signature_text.encode())})


def signed_digests(metadata: Metadata) -> dict[str, str]:
    """The digests to sign for a version: those of its files and its metadata."""
    return {**{file.path: file.sha256 for file in metadata.files}, METADATA: digest_of(metadata.as_bytes())}


def claim_of(metadata: Metadata, signer: Signer) -> Claim:
    """The signed claim for a version."""
    signature = signer.sign(signed_digests(metadata))
    return Claim(metadata_text=metadata.as_bytes().decode(), signature_text=signature.decode())


@dataclass(frozen=True)
class ClaimedVersion:
    """A version's claim, and the content of its SHA256SUMS if that exists."""

    version: int
    claim: Claim
    listing: bytes | None

    @property
    def published(self) -> bool:
        """Whether the version is visible."""
        return self.listing is not None and not self.abandoned

    @property
    def abandoned(self) -> bool:
        """Whether the version was abandoned and will never be visible."""
        return self.listing == ABANDONED


def claimed_numbers(store: ObjectStore, name: str) -> list[int]:
    """Every number ever claimed for a model, in ascending order."""
    folder = claims_folder(name)
    stems = (entry.key.removeprefix(f"{folder}/").removesuffix(".json") for entry in store.entries(folder))
    return sorted(int(stem) for stem in stems if stem.isascii() and stem.isdecimal())


def claimed_version(store: ObjectStore, name: str, version: int) -> ClaimedVersion | None:
    """The claim and state of a version, or None if the number was never claimed."""
    found = store.read(claim_key(name, version))
    if found is None:
        return None
    listing = store.read(listing_key(name, version))
    place = f"{store.url}/{claim_key(name, version)}"
    return ClaimedVersion(version, parsed(Claim, found.content, place), listing.content if listing else None)


def published_numbers(store: ObjectStore, name: str) -> Iterator[int]:
    """The numbers of the published versions, in ascending order."""
    for number in claimed_numbers(store, name):
        if published_listing(store, name, number):
            yield number


def published_listing(store: ObjectStore, name: str, version: int) -> bytes | None:
    """The content of the version's SHA256SUMS, or None if the version is not published."""
    found = store.read(listing_key(name, version))
    return found.content if found and found.content != ABANDONED else None


def listed_digests(store: ObjectStore, name: str, version: int, listing: bytes) -> dict[str, str]:
    """The SHA-256 digests of a published version by path.

    Raises:
        RegistryError: the listing was tampered with.
    """
    return parsed_listing(listing, f"{store.url}/{listing_key(name, version)}")
