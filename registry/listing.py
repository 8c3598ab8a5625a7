"""`SHA256SUMS`: the listing of a version's files in the format of `sha256sum`, whose own SHA-256 a stack specifies."""

import hashlib
import re
from collections.abc import Mapping

from registry.errors import RegistryError

LISTING = "SHA256SUMS"
METADATA = "metadata.json"
SIGNATURE = "model.sig"
OWN_FILES = (LISTING, METADATA, SIGNATURE)

_LINE = re.compile(r"([0-9a-f]{64})  ([^\\\n]+)")


def digest_of(content: bytes) -> str:
    """The SHA-256 of `content` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def listing_of(digests: Mapping[str, str]) -> bytes:
    """The listing of `digests` (SHA-256 by path), sorted by path."""
    return "".join(f"{digests[path]}  {path}\n" for path in sorted(digests)).encode()


def parsed_listing(content: bytes, place: str) -> dict[str, str]:
    """The SHA-256 digests in a listing by path.

    Raises:
        RegistryError: the content is not in the form that the registry writes.
    """
    lines = content.decode(errors="replace").splitlines()
    found = [_LINE.fullmatch(line) for line in lines]
    digests = {match[2]: match[1] for match in found if match}
    if len(digests) != len(lines) or listing_of(digests) != content:
        raise RegistryError(
            f"{place} is not a listing written by the registry", "do not serve it; publish the model again"
        )
    return digests
