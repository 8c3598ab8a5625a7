"""A key pair to sign models with, as docs/registry.md makes one with openssl."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from inferencectl.workspace.files import write_atomically


@dataclass(frozen=True)
class SigningKeys:
    """The PEM files of a key and of its public part."""

    private: Path
    public: Path

    @classmethod
    def ensured(cls, directory: Path) -> "SigningKeys":
        """The key pair in `directory`, made if it does not exist."""
        keys = cls(directory / "signing.pem", directory / "signing.pub")
        # The public part is written last.
        if not keys.public.exists():
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            make_signing_keys(keys.private, keys.public)
        return keys


def make_signing_keys(private_file: Path, public_file: Path) -> None:
    """Write a new key and its public part, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    write_atomically(private_file, private)
    write_atomically(public_file, public)
