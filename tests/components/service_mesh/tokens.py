"""Tokens of an issuer that the tests are themselves."""

import base64
import json
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ISSUER, AUDIENCE = "https://login.example", "models"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
# Parameters of tests are made when the tests are collected, and a whole run takes half an hour and more.
LIFETIME_SECONDS = 6 * 3600


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _number(value: int) -> str:
    return _encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def keys() -> str:
    """The public keys, as a stack file has them."""
    numbers = KEY.public_key().public_numbers()
    return json.dumps({"keys": [{"kty": "RSA", "kid": "1", "n": _number(numbers.n), "e": _number(numbers.e)}]})


def token(subject: str, audience: str = AUDIENCE, key: rsa.RSAPrivateKey = KEY) -> str:
    """A token of the issuer. Source: https://www.rfc-editor.org/rfc/rfc7515#appendix-A.2"""
    claims = {"iss": ISSUER, "sub": subject, "aud": audience, "exp": int(time.time()) + LIFETIME_SECONDS}
    parts = [_encoded(json.dumps(part).encode()) for part in ({"alg": "RS256", "kid": "1", "typ": "JWT"}, claims)]
    text = ".".join(parts)
    return f"{text}.{_encoded(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"
