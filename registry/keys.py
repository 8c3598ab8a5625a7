"""Keys of publishers in PEM files: ECDSA on the curves that OpenSSF model-signing knows, and nothing else."""

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from registry.errors import RegistryError, bad_input

_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_MAKE = "openssl ecparam -name prime256v1 -genkey -noout -out signing.pem"
_EXPORT = "openssl ec -in signing.pem -pubout -out signing.pub"


def private_key(file: Path, password: str | None) -> ec.EllipticCurvePrivateKey:
    """The key in a file.

    Raises:
        RegistryError: the file has no private key, or one of another kind, or the password does not open it.
    """
    content = _content(file, "private key", _MAKE)
    try:
        key = serialization.load_pem_private_key(content, password.encode() if password else None)
    except TypeError:
        if password:
            raise bad_input(f"private key {file}: it is not encrypted", "unset REGISTRY_KEY_PASSWORD") from None
        raise bad_input(f"private key {file}: it is encrypted", "set REGISTRY_KEY_PASSWORD") from None
    except (ValueError, UnsupportedAlgorithm) as error:
        if password and b"PRIVATE KEY-----" in content:
            raise bad_input(
                f"private key {file}: the password in REGISTRY_KEY_PASSWORD does not open it", "correct the password"
            ) from None
        raise _wrong(file, "private key", _reason(error), _MAKE) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name not in _CURVES:
        raise _wrong(file, "private key", f"it is {_kind_of(key)}", _MAKE)
    return key


def public_key(file: Path) -> ec.EllipticCurvePublicKey:
    """The key in a file.

    Raises:
        RegistryError: the file has no public key, or one of another kind.
    """
    content = _content(file, "public key", _EXPORT)
    try:
        key = serialization.load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm) as error:
        private = b"PRIVATE KEY-----" in content
        raise _wrong(file, "public key", "it is a private key" if private else _reason(error), _EXPORT) from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in _CURVES:
        raise _wrong(file, "public key", f"it is {_kind_of(key)}", _EXPORT)
    return key


def _content(file: Path, what: str, command: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise _wrong(file, what, error.strerror or type(error).__name__, command) from None


def _kind_of(key: object) -> str:
    """What a key of the wrong kind is called: ``an Ed25519 key``, ``an ECDSA key on secp256k1``."""
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        return f"an ECDSA key on {key.curve.name}"
    name = type(key).__name__.removeprefix("_").removesuffix("PrivateKey").removesuffix("PublicKey")
    return f"{'an' if name[:1] in 'AEIOR' else 'a'} {name} key"


def _reason(error: Exception) -> str:
    """The library's first sentence; the rest is advice to programmers."""
    return (str(error).splitlines() or [type(error).__name__])[0].partition(". ")[0]


def _wrong(file: Path, what: str, reason: str, command: str) -> RegistryError:
    curves = ", ".join(_CURVES.values())
    return bad_input(
        f"{what} {file}: {reason}", f"specify a PEM file with an ECDSA key ({curves}), as made by: {command}"
    )
