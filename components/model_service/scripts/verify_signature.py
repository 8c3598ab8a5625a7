"""Verifies the signature of a model by digests that are known: its files are not read again.

Runs in the tools image, from its text: it may import that image's packages and nothing of this repository.
Arguments: the signature, the signer's public key in PEM, and a listing as sha256sum prints it (``digest  name``).
Exit code 0 says that the key's holder has signed exactly the listed files, except the signature itself.
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from model_signing import hashing, manifest, verifying

# The public FileManifestItem takes this type, which the library exports only privately.
from model_signing._hashing.hashing import Digest

SIGNATURE = "model.sig"


def digests_in(listing: str) -> Mapping[str, str]:
    """SHA-256 in hexadecimal by name."""
    lines = (line.partition("  ") for line in listing.splitlines())
    return {name: digest for digest, _, name in lines}


class ListedDigests(hashing.Config):
    """In place of hashing files, says what is known of them: SHA-256 in hexadecimal by path."""

    def __init__(self, digests: Mapping[str, str]) -> None:
        super().__init__()
        self._digests = digests

    def hash(
        self,
        model_path: hashing.PathLike,  # noqa: ARG002
        *,
        files_to_hash: Iterable[hashing.PathLike] | None = None,  # noqa: ARG002
    ) -> manifest.Manifest:
        """See the base class. Paths that the signer's statement ignores are left out, as where files are hashed."""
        ignored = [PurePosixPath(path) for path in self._ignored_paths]
        items = [
            manifest.FileManifestItem(path=path, digest=Digest("sha256", bytes.fromhex(digest)))
            for path, digest in ((PurePosixPath(name), digest) for name, digest in self._digests.items())
            if not any(path.is_relative_to(each) for each in ignored)
        ]
        parameters = {"method": "files", "hash_type": "sha256", "allow_symlinks": False}
        return manifest.Manifest("model", items, manifest.SerializationType.from_args(parameters))


def main(signature: Path, public_key: Path, listing: Path) -> str:
    """Why the signature does not hold; empty if it does."""
    digests = digests_in(listing.read_text(encoding="utf-8"))
    known = ListedDigests({name: digest for name, digest in digests.items() if name != SIGNATURE})
    try:
        config = verifying.Config().use_elliptic_key_verifier(public_key=public_key)
        config.set_hashing_config(known).verify(Path(), signature)
    except Exception as error:  # noqa: BLE001 - a forged signature can make the parsers raise anything
        return " ".join(str(error).split()) or type(error).__name__
    return ""


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])) or None)
