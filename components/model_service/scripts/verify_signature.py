"""Verifies the signature of a model by digests that are known: its files are not read again.

Runs in the tools image, from its text: it may import that image's packages and nothing of this repository.
Arguments: the signature, the trusted public keys, and a listing as sha256sum prints it (``digest  name``). A key is a
block of PEM, after which may come lines of what is said of it (``name: 2026``, ``notBefore: 2026-11-29``, in UTC).
Exit code 0 says that the holder of one key has signed exactly the listed files, except the signature itself. That key's
name is printed. A key before its first day is none; one after its last is, or a pod could not start again.
"""

import re
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from model_signing import hashing, manifest, verifying

# The public FileManifestItem takes this type, which the library exports only privately.
from model_signing._hashing.hashing import Digest

SIGNATURE = "model.sig"
KEY = re.compile(r"(-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----)((?:\n\w+: [\w-]+)*)", re.DOTALL)


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


def keys_in(text: str) -> Iterable[tuple[str, Mapping[str, str]]]:
    """Each key, and what is said of it. A text that has none is one, for the library to say what it lacks."""
    for pem, said in KEY.findall(text) or [(text, "")]:
        yield pem, dict(line.split(": ") for line in said.split("\n")[1:])


def refusal(signature: Path, public_key: Path, digests: Mapping[str, str]) -> str:
    """Why the signature is not that key's over these files; empty if it is."""
    known = ListedDigests({name: digest for name, digest in digests.items() if name != SIGNATURE})
    try:
        config = verifying.Config().use_elliptic_key_verifier(public_key=public_key)
        config.set_hashing_config(known).verify(Path(), signature)
    except Exception as error:  # noqa: BLE001 - a forged signature can make the parsers raise anything
        return " ".join(str(error).split()) or type(error).__name__
    return ""


def main(signature: Path, public_keys: Path, listing: Path) -> str:
    """Why the signature holds by none of the keys; empty if it does by one."""
    digests, today, refusals = digests_in(listing.read_text(encoding="utf-8")), str(datetime.now(UTC).date()), []
    for pem, said in keys_in(public_keys.read_text(encoding="utf-8")):
        public_key = public_keys.with_name("signature-key.pem")
        public_key.write_text(f"{pem}\n", encoding="utf-8")
        first, name = said.get("notBefore", ""), said.get("name", "")
        reason = f"not valid before {first}" if first > today else refusal(signature, public_key, digests)
        if not reason:
            sys.stdout.write(f" by key {name}" if name else "")
            return ""
        refusals.append(f"by key {name}: {reason}" if name else reason)
    return "; ".join(refusals)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])) or None)
