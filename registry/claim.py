"""Claims: how a version is to be, written before its first file and kept for ever.

A claim holds every document of its version, byte by byte, and the digest of every file. Whoever works on the version
therefore writes the same bytes, so that an interrupted publication can be finished by anyone who has the files, and no
lease or clock decides who may write. A number that is claimed is never claimed again.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from registry.documents import Document, parsed
from registry.listing import METADATA, SIGNATURE, digest_of, listing_of, parsed_listing
from registry.metadata import Metadata
from registry.names import claim_key, claims_folder, listing_key
from registry.object_store import ObjectStore
from registry.signing import Digests, Signer

GIVEN_UP = b"given up: this version was never published\n"
"""What is written where a version's listing would be, so that its publisher can no longer publish it."""


class Claim(Document):
    """The documents of a version, as text."""

    metadata_text: str
    signature_text: str

    @property
    def metadata(self) -> Metadata:
        """The version's metadata."""
        return parsed(Metadata, self.metadata_text.encode(), "the metadata of a claim")

    @property
    def signed(self) -> Digests:
        """What the signature is over: the model's files and the metadata."""
        return signed_digests(self.metadata)

    @property
    def listing(self) -> bytes:
        """The version's SHA256SUMS."""
        return listing_of({**self.signed, SIGNATURE: digest_of(self.signature_text.encode())})


def signed_digests(metadata: Metadata) -> dict[str, str]:
    """What is signed of a version: its files and its metadata."""
    return {**{file.path: file.sha256 for file in metadata.files}, METADATA: digest_of(metadata.as_bytes())}


def claim_of(metadata: Metadata, signer: Signer) -> Claim:
    """The signed claim of a version."""
    signature = signer.sign(signed_digests(metadata))
    return Claim(metadata_text=metadata.as_bytes().decode(), signature_text=signature.decode())


@dataclass(frozen=True)
class ClaimedVersion:
    """A version's claim, and what is where its listing belongs."""

    version: int
    claim: Claim
    listing: bytes | None

    @property
    def published(self) -> bool:
        """Whether the version can be seen."""
        return self.listing is not None and not self.given_up

    @property
    def given_up(self) -> bool:
        """Whether the version will never be seen."""
        return self.listing == GIVEN_UP


def claimed_numbers(store: ObjectStore, name: str) -> list[int]:
    """Every number that was ever claimed for a model, in ascending order."""
    folder = claims_folder(name)
    stems = (entry.key.removeprefix(f"{folder}/").removesuffix(".json") for entry in store.entries(folder))
    return sorted(int(stem) for stem in stems if stem.isascii() and stem.isdecimal())


def claimed_version(store: ObjectStore, name: str, version: int) -> ClaimedVersion | None:
    """A version's claim and state, or None where the number was never claimed."""
    found = store.read(claim_key(name, version))
    if found is None:
        return None
    listing = store.read(listing_key(name, version))
    place = f"{store.url}/{claim_key(name, version)}"
    return ClaimedVersion(version, parsed(Claim, found.content, place), listing.content if listing else None)


def published_numbers(store: ObjectStore, name: str) -> Iterator[int]:
    """The numbers of the versions that can be seen, in ascending order."""
    for number in claimed_numbers(store, name):
        if published_listing(store, name, number):
            yield number


def published_listing(store: ObjectStore, name: str, version: int) -> bytes | None:
    """The version's SHA256SUMS, or None where it is not published."""
    found = store.read(listing_key(name, version))
    return found.content if found and found.content != GIVEN_UP else None


def listed_digests(store: ObjectStore, name: str, version: int, listing: bytes) -> dict[str, str]:
    """SHA-256 by path of a published version.

    Raises:
        RegistryError: the listing was tampered with.
    """
    return parsed_listing(listing, f"{store.url}/{listing_key(name, version)}")
