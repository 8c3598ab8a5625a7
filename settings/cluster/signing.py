"""The key that served models must be signed with."""

import base64
import binascii
import re
from typing import Annotated

from pydantic import AfterValidator

from settings.validation.issues import refuse
from settings.validation.section import Section
from settings.values.text import named_text

_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----\n((?:[A-Za-z0-9+/]{1,64}={0,2}\n)+)-----END PUBLIC KEY-----\n?")
# The object identifier of keys on elliptic curves, id-ecPublicKey. https://www.rfc-editor.org/rfc/rfc5480#section-2.1.1
_ELLIPTIC_CURVE = bytes.fromhex("06072a8648ce3d0201")
_HINT = "openssl ec -in signing.pem -pubout"


def _public_key(text: str) -> str:
    found = _PEM.fullmatch(text)
    if not found or _ELLIPTIC_CURVE not in _decoded(found[1]):
        refuse("the public half of an ECDSA key in PEM, as a block of text: -----BEGIN PUBLIC KEY-----...", _HINT)
    return text


def _decoded(lines: str) -> bytes:
    try:
        return base64.b64decode(lines.replace("\n", ""), validate=True)
    except binascii.Error:
        return b""


PublicKey = Annotated[str, AfterValidator(_public_key), named_text("PEM")]


class Signing(Section):
    """Every version must be signed with one key: pods and import Jobs verify `model.sig` before a model is served."""

    public_key: PublicKey
    """Public half of the ECDSA key that versions are signed with, in PEM."""
