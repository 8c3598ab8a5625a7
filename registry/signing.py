"""Signatures of OpenSSF model-signing over digests that are known already, with a key or without one (Sigstore).

The signature lists every file but itself and `SHA256SUMS`; `model_signing verify` accepts a fetched version when told
to ignore that listing. Source: https://github.com/sigstore/model-transparency
"""

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from model_signing import hashing, manifest, signing, verifying

# The library names no public home for what its public FileManifestItem takes.
from model_signing._hashing.hashing import Digest

from registry.errors import RegistryError, bad_input
from registry.listing import digest_of

Digests = Mapping[str, str]
"""SHA-256 in hexadecimal by path."""


class Verifier(Protocol):
    """What knows whose signature counts."""

    def check(self, signature: bytes, digests: Digests, place: str) -> None:
        """Refuse a signature that is not the expected signer's over exactly these digests.

        Raises:
            RegistryError: it is of another key or person, or over other files.
        """
        ...


class Signer(Protocol):
    """What makes signatures."""

    def sign(self, digests: Digests) -> bytes:
        """The signature over `digests`, a Sigstore bundle in JSON.

        Raises:
            RegistryError: the key cannot be used, or no identity can be had.
        """
        ...

    def verifier(self) -> Verifier | None:
        """What accepts this signer's signatures, or None where that is known only once one was made."""
        ...


@dataclass(frozen=True)
class KeyVerifier:
    """Accepts what was signed with the key whose public half is in a PEM file (ECDSA, P-256, P-384 or P-521)."""

    public_key: Path

    def check(self, signature: bytes, digests: Digests, place: str) -> None:
        """As `Verifier` says."""
        try:
            config = verifying.Config().use_elliptic_key_verifier(public_key=self.public_key)
        except (OSError, ValueError, AttributeError) as error:
            raise _no_public_key(self.public_key, error) from None
        _verify(config, signature, digests, place)


def fingerprint(public_key: Path) -> str:
    """The SHA-256 of the public key in a PEM file, as X.509 has it: `openssl pkey -pubin -outform DER | sha256sum`.

    Raises:
        RegistryError: the file holds no public key.
    """
    try:
        key = serialization.load_pem_public_key(public_key.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise _no_public_key(public_key, error) from None
    return digest_of(key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))


@dataclass(frozen=True)
class KeylessVerifier:
    """Accepts what a person or workload signed through Sigstore. `trust` names a Sigstore of one's own."""

    identity: str
    issuer: str
    trust: Path | None = None

    def check(self, signature: bytes, digests: Digests, place: str) -> None:
        """As `Verifier` says."""
        try:
            config = verifying.Config().use_sigstore_verifier(
                identity=self.identity, oidc_issuer=self.issuer, trust_config=self.trust
            )
        except Exception as error:  # noqa: BLE001 - of the network, of TUF, of files: the library has no common class
            raise _no_sigstore(error) from None
        _verify(config, signature, digests, place)


@dataclass(frozen=True)
class KeySigner:
    """Signs with an ECDSA private key in a PEM file, encrypted or not."""

    private_key: Path
    password: str | None = None

    def sign(self, digests: Digests) -> bytes:
        """As `Signer` says."""
        self._public_pem()
        config = signing.Config().use_elliptic_key_signer(
            private_key=self.private_key,
            # The library hands the password on to a function that takes bytes.
            password=self.password.encode() if self.password else None,  # pyright: ignore[reportArgumentType]
        )
        return _signature(config, digests)

    def verifier(self) -> Verifier | None:
        """The public half of the key, which accepts what it signs."""
        return _PemVerifier(self._public_pem())

    def _public_pem(self) -> bytes:
        password = self.password.encode() if self.password else None
        try:
            key = serialization.load_pem_private_key(self.private_key.read_bytes(), password)
        except (OSError, TypeError, ValueError) as error:
            told = str(error).splitlines()[0]
            raise bad_input(f"private key {self.private_key}: {told}", "name a PEM file of an ECDSA key") from None
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return key.public_key().public_bytes(serialization.Encoding.PEM, form)


@dataclass(frozen=True)
class KeylessSigner:
    """Signs as the person or workload that an OpenID Connect token names. `trust` names a Sigstore of one's own."""

    token: str | None = None
    trust: Path | None = None

    def sign(self, digests: Digests) -> bytes:
        """As `Signer` says."""
        try:
            config = signing.Config().use_sigstore_signer(
                identity_token=self.token, use_ambient_credentials=True, trust_config=self.trust
            )
            return _signature(config, digests)
        except Exception as error:  # noqa: BLE001 - of the network, of TUF, of the token: the library has no common class
            raise _no_sigstore(error) from None

    def verifier(self) -> Verifier | None:
        """None: who signs is known only from the token."""
        return None


@dataclass(frozen=True)
class _PemVerifier:
    public_key: bytes

    def check(self, signature: bytes, digests: Digests, place: str) -> None:
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            file.write(self.public_key)
            file.flush()
            KeyVerifier(Path(file.name)).check(signature, digests, place)


class _KnownDigests(hashing.Config):
    """A hashing that reads no file: a model of many gigabytes is read once, when it is published or verified."""

    def __init__(self, digests: Digests) -> None:
        super().__init__()
        self._digests = digests

    def hash(  # what the library passes is not needed
        self,
        model_path: hashing.PathLike,  # noqa: ARG002
        *,
        files_to_hash: Iterable[hashing.PathLike] | None = None,  # noqa: ARG002
    ) -> manifest.Manifest:
        parameters = {"method": "files", "hash_type": "sha256", "allow_symlinks": False}
        items = [
            manifest.FileManifestItem(path=PurePosixPath(path), digest=Digest("sha256", bytes.fromhex(digest)))
            for path, digest in self._digests.items()
        ]
        return manifest.Manifest("model", items, manifest.SerializationType.from_args(parameters))


def _signature(config: signing.Config, digests: Digests) -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "signature"
        config.set_hashing_config(_KnownDigests(digests)).sign(directory, file)
        return file.read_bytes()


def _verify(config: verifying.Config, signature: bytes, digests: Digests, place: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "signature"
        file.write_bytes(signature)
        try:
            config.set_hashing_config(_KnownDigests(digests)).verify(directory, file)
        except Exception as error:  # noqa: BLE001 - whatever a forged bundle makes the parsers raise, it is refused
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise RegistryError(
                f"{place} is not signed as expected: {reason}", "do not serve it; ask its publisher"
            ) from None


def _no_public_key(file: Path, error: Exception) -> RegistryError:
    told = str(error).splitlines()[0] if str(error) else type(error).__name__
    return bad_input(f"public key {file}: {told}", "name a PEM file of an ECDSA key")


def _no_sigstore(error: Exception) -> RegistryError:
    told = str(error).splitlines()[0] if str(error) else type(error).__name__
    return RegistryError(
        f"keyless signing needs Sigstore and a token: {told}", "sign with --private-key where Sigstore is not reached"
    )
