"""OpenSSF model-signing signatures over precomputed digests, made with a key or keyless through Sigstore.

The signature covers every file except itself and `SHA256SUMS`; `model_signing verify` accepts a fetched version with
`--ignore-paths` for these two. Source: https://github.com/sigstore/model-transparency
"""

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from cryptography.hazmat.primitives import serialization
from model_signing import hashing, manifest, signing, verifying

# The public FileManifestItem takes this type, which the library exports only privately.
from model_signing._hashing.hashing import Digest

from registry.errors import RegistryError
from registry.keys import private_key, public_key
from registry.listing import digest_of

Digests = Mapping[str, str]
"""SHA-256 in hexadecimal by path."""


class Verifier(Protocol):
    """Verifies signatures of a trusted signer."""

    def check(self, signature: bytes, digests: Digests, place: str) -> None:
        """Check that a signature is the trusted signer's over exactly `digests`; `place` names the version in errors.

        Raises:
            RegistryError: the signature is by another signer, or over other files.
        """
        ...


class Signer(Protocol):
    """Makes signatures."""

    def sign(self, digests: Digests) -> bytes:
        """The signature over `digests` as a Sigstore bundle in JSON.

        Raises:
            RegistryError: the key cannot be used, or no identity token is available.
        """
        ...

    def verifier(self) -> Verifier | None:
        """A verifier that accepts this signer's signatures, or None if the identity is known only after signing."""
        ...


@dataclass(frozen=True)
class KeyVerifier:
    """Accepts signatures by the key whose public key is in a PEM file (ECDSA P-256, P-384 or P-521)."""

    public_key: Path

    def check(self, signature: bytes, digests: Digests, place: str) -> None:
        """See `Verifier`."""
        public_key(self.public_key)
        config = verifying.Config().use_elliptic_key_verifier(public_key=self.public_key)
        _verify(config, signature, digests, place)


def fingerprint(file: Path) -> str:
    """The SHA-256 of the public key in a PEM file, as of `openssl pkey -pubin -outform DER | sha256sum`.

    Raises:
        RegistryError: the file does not contain a public key that signatures can be verified with.
    """
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return digest_of(public_key(file).public_bytes(serialization.Encoding.DER, form))


@dataclass(frozen=True)
class KeylessVerifier:
    """Accepts keyless signatures by an identity. `trust` is the trust configuration of a private Sigstore."""

    identity: str
    issuer: str
    trust: Path | None = None

    def check(self, signature: bytes, digests: Digests, place: str) -> None:
        """See `Verifier`."""
        try:
            config = verifying.Config().use_sigstore_verifier(
                identity=self.identity, oidc_issuer=self.issuer, trust_config=self.trust
            )
        except Exception as error:  # noqa: BLE001 - errors of network, TUF and files have no common base class
            raise _sigstore_failure(error) from None
        _verify(config, signature, digests, place)


@dataclass(frozen=True)
class KeySigner:
    """Signs with an ECDSA private key in a PEM file, which may be encrypted."""

    private_key: Path
    password: str | None = None

    def sign(self, digests: Digests) -> bytes:
        """See `Signer`."""
        self._public_pem()
        config = signing.Config().use_elliptic_key_signer(
            private_key=self.private_key,
            # The library passes the password to a function that requires bytes.
            password=self.password.encode() if self.password else None,  # pyright: ignore[reportArgumentType]
        )
        return _signature(config, digests)

    def verifier(self) -> Verifier | None:
        """A verifier with the public key of this key."""
        return _PemVerifier(self._public_pem())

    def _public_pem(self) -> bytes:
        key = private_key(self.private_key, self.password)
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return key.public_key().public_bytes(serialization.Encoding.PEM, form)


@dataclass(frozen=True)
class KeylessSigner:
    """Signs with the identity of an OpenID Connect token. `trust` is the trust configuration of a private Sigstore."""

    token: str | None = None
    trust: Path | None = None

    def sign(self, digests: Digests) -> bytes:
        """See `Signer`."""
        try:
            config = signing.Config().use_sigstore_signer(
                identity_token=self.token, use_ambient_credentials=True, trust_config=self.trust
            )
            return _signature(config, digests)
        except Exception as error:  # noqa: BLE001 - errors of network, TUF and token have no common base class
            raise _sigstore_failure(error) from None

    def verifier(self) -> Verifier | None:
        """None, because the identity is known only from the token."""
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
    """Supplies precomputed digests instead of hashing files, so that large models are read only once."""

    def __init__(self, digests: Digests) -> None:
        super().__init__()
        self._digests = digests

    def hash(
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
        except Exception as error:  # noqa: BLE001 - a forged bundle can make the parsers raise anything
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise RegistryError(
                f"{place}: invalid signature: {reason}", "do not serve it; contact its publisher"
            ) from None


def _sigstore_failure(error: Exception) -> RegistryError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return RegistryError(f"Sigstore cannot be used: {reason}", "check the token and the network, or use a key")
