"""The keys that served models must be signed with."""

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated

from pydantic import AfterValidator

from settings.validation.issues import MISSING, Issue, refuse
from settings.validation.repeated import repeated
from settings.validation.section import Section
from settings.values.text import DnsLabel, named_text

_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----\n((?:[A-Za-z0-9+/]{1,64}={0,2}\n)+)-----END PUBLIC KEY-----\n?")
# Such a key begins with the object identifiers of id-ecPublicKey and of its curve: P-256, P-384 or P-521.
# https://www.rfc-editor.org/rfc/rfc5480#section-2.1.1
_ELLIPTIC_CURVE = bytes.fromhex("06072a8648ce3d0201")
_CURVES = tuple(map(bytes.fromhex, ("06082a8648ce3d030107", "06052b81040022", "06052b81040023")))
_HINT = "openssl ec -in signing.pem -pubout"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


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


def _day(text: str) -> str:
    if not _DAY.fullmatch(text) or not _is_date(text):
        refuse("a day as in 2027-06-30")
    return text


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


PublicKey = Annotated[str, AfterValidator(_public_key), named_text("PEM")]
Day = Annotated[str, AfterValidator(_day), named_text("date")]


def der_of(pem: str) -> bytes:
    """A key without what may differ in its text."""
    return _decoded("".join(line.strip() for line in pem.split("\n") if not line.startswith("-----")))


class SigningKey(Section):
    """A key that versions may be signed with, and the days of UTC between which a stack may trust it."""

    name: DnsLabel
    """Name of the key, in the logs of pods and in findings."""
    public_key: PublicKey
    """Public half of the ECDSA key, in PEM."""
    not_before: Day | None = None
    """First day; before it pods accept no version by this key."""
    not_after: Day | None = None
    """Last day; after it the stack is not deployed with this key. Pods that start again are not affected."""

    def issues(self) -> Iterator[Issue]:
        """Check that there is a day on which the key is valid."""
        if self.not_before and self.not_after and self.not_after < self.not_before:
            yield Issue(
                path=("notAfter",), found=self.not_after, expected=f"a day from {self.not_before} on, notBefore"
            )


class Signing(Section):
    """Every version must be signed with a trusted key: pods and import Jobs verify `model.sig` before it is served."""

    public_key: PublicKey | None = None
    """Public half of the ECDSA key that versions are signed with, in PEM, if there is one key without an end."""
    keys: tuple[SigningKey, ...] = ()
    """Keys that versions are signed with, each by one of them, instead of `publicKey`."""

    def issues(self) -> Iterator[Issue]:
        """Check that there is a key, each once and by a name of its own."""
        if self.public_key is None and not self.keys:
            yield Issue(path=("publicKey",), found=MISSING, expected="publicKey, or keys")
        if self.public_key is not None and self.keys:
            yield Issue(
                path=("keys",), found="set, beside publicKey", expected="publicKey or keys, with that key among them"
            )
        for name, uses in repeated(key.name for key in self.keys):
            yield Issue(path=("keys",), found=f"'{name}', {uses} times", expected="a different name for each key")
        ders = [der_of(key.public_key) for key in self.keys]
        for index, der in enumerate(ders):
            first = ders.index(der)
            if first < index:
                yield Issue(
                    path=("keys", index),
                    found=f"the key of '{self.keys[first].name}' again",
                    expected="each key once",
                )

    @property
    def trusted(self) -> frozenset[bytes]:
        """The trusted keys, without what may differ in their text."""
        return frozenset(map(der_of, [key.public_key for key in self.keys] or [self.public_key or ""]))

    @property
    def bundle(self) -> str:
        """The trusted keys as pods get them: blocks of PEM, each followed by what the stack says of the key."""
        if self.public_key is not None:
            return self.public_key
        return "".join(f"{key.public_key.rstrip()}\n{_said_of(key)}" for key in self.keys)


def _said_of(key: SigningKey) -> str:
    said = {"name": key.name, "notBefore": key.not_before, "notAfter": key.not_after}
    return "".join(f"{what}: {text}\n" for what, text in said.items() if text)
