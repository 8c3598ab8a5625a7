"""Tokens of an issuer that the tests are themselves."""

import base64
import json
import time
from dataclasses import dataclass
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from inferencectl.api_keys import api_key, key_pair
from settings import Caller, Mesh, MeshProfile, TokenIssuer

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


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Signs API keys as the command does, and in ways in which it does not."""

    file: Path
    issuer: TokenIssuer

    def of(self, caller: str, subject: str, days: int = 90) -> str:
        declared = Caller(name=caller, issuer=self.issuer.name, subjects=(subject,))
        mesh = Mesh(profile=MeshProfile.ISTIO, issuers=(self.issuer,), callers=(declared,))
        return api_key.sign(mesh, caller, subject, self.file, days=days).text

    def with_claims(self, **claims: object) -> str:
        good = {"iss": self.issuer.issuer, "sub": "partner.1", "aud": AUDIENCE, "exp": int(time.time()) + 3600}
        return jwt.encode({**good, **claims}, key_pair.read(self.file), algorithm=key_pair.ALGORITHM)
