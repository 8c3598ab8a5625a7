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
# Such a key begins with the object identifiers of id-ecPublicKey and of its curve: P-256, P-384 or P-521.
# https://www.rfc-editor.org/rfc/rfc5480#section-2.1.1
_ELLIPTIC_CURVE = bytes.fromhex("06072a8648ce3d0201")
_CURVES = tuple(map(bytes.fromhex, ("06082a8648ce3d030107", "06052b81040022", "06052b81040023")))
_HINT = "openssl ec -in signing.pem -pubout"


def _public_key(text: str) -> str:
    found = _PEM.fullmatch(text)
    if not found or not any(_ELLIPTIC_CURVE + curve in _decoded(found[1]) for curve in _CURVES):
        refuse(
            "the public half of an ECDSA key on P-256, P-384 or P-521 in PEM, as a block of text: "
            "-----BEGIN PUBLIC KEY-----...",
            _HINT,
        )
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
