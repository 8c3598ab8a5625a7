"""`SHA256SUMS`: the listing of a version's files that `sha256sum --check` reads; a stack names the SHA-256 of it."""

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
    """The listing of `digests`, SHA-256 by path, in the order of the paths."""
    return "".join(f"{digests[path]}  {path}\n" for path in sorted(digests)).encode()


def parsed_listing(content: bytes, place: str) -> dict[str, str]:
    """SHA-256 by path, as a listing says.

    Raises:
        RegistryError: it is no listing that the registry wrote.
    """
    lines = content.decode(errors="replace").splitlines()
    found = [_LINE.fullmatch(line) for line in lines]
    digests = {match[2]: match[1] for match in found if match}
    if len(digests) != len(lines) or listing_of(digests) != content:
        raise RegistryError(
            f"{place} is no listing that the registry wrote", "it was tampered with; publish the model again"
        )
    return digests
