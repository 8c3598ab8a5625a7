"""A key pair to sign models with, as docs/registry.md makes one with openssl."""

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from inferencectl.workspace.files import write_atomically


def make_signing_keys(private_file: Path, public_file: Path) -> None:
    """Write a new key and its public part, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    write_atomically(private_file, private)
    write_atomically(public_file, public)
