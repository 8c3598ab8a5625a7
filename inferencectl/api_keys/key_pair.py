"""The key pair that API keys are signed with: ECDSA on P-256, which every proxy of a mesh verifies (ES256)."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from jwt.utils import base64url_encode

from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.files import require_writable, write_atomically

ALGORITHM = "ES256"
_MAKE = "make one with: make api-key-pair KEY="
_THUMBPRINT = ("crv", "kty", "x", "y")  # https://www.rfc-editor.org/rfc/rfc7638#section-3.2


def make(file: Path) -> ec.EllipticCurvePrivateKey:
    """Make a key and write it to a new file, which only its owner can read.

    Raises:
        SandboxError: the file is there already, or cannot be written.
    """
    if file.exists():
        raise SandboxError(
            f"{file}: is there already",
            "choose another file: without the key in it, keys that it has signed could not be replaced one by one",
            exit_code=BAD_INPUT,
        )
    require_writable(file)
    key = ec.generate_private_key(ec.SECP256R1())
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    write_atomically(file, key.private_bytes(serialization.Encoding.PEM, form, plain), mode=0o600)
    return key


def read(file: Path) -> ec.EllipticCurvePrivateKey:
    """The key in a file.

    Raises:
        SandboxError: the file has none, or one of another kind.
    """
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), None)
    except OSError as error:
        raise _wrong(file, error.strerror or type(error).__name__) from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _wrong(file, "is no private key in a PEM file without password") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _wrong(file, "is a key of another kind than ECDSA on P-256")
    return key


def _wrong(file: Path, reason: str) -> SandboxError:
    return SandboxError(f"{file}: {reason}", f"{_MAKE}{file.stem}-new.pem", exit_code=BAD_INPUT)


def public(key: ec.EllipticCurvePrivateKey) -> Mapping[str, str]:
    """The public half in the form of RFC 7517, named by its thumbprint."""
    found = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    named = json.dumps({part: found[part] for part in _THUMBPRINT}, separators=(",", ":"), sort_keys=True)
    number = base64url_encode(hashlib.sha256(named.encode()).digest()).decode()
    return {**{part: str(found[part]) for part in _THUMBPRINT}, "alg": ALGORITHM, "use": "sig", "kid": number}
