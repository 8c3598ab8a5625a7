"""The public keys that a container verifies models with, as they are in its environment."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

_PEM = r"-----BEGIN PUBLIC KEY-----\n[^-]+\n-----END PUBLIC KEY-----"
_SAID = r"((?:\n(?:name|notBefore|notAfter): [a-z0-9-]+)*)"
_KEY = re.compile(_PEM + _SAID)
_KEYS = re.compile(rf"(?:{_PEM}{_SAID}\n?)+")


@dataclass(frozen=True, kw_only=True)
class TrustedKey:
    """A key, and the days between which it may be trusted; None for any."""

    name: str
    not_before: date | None
    not_after: date | None


def trusted_keys(text: str) -> Sequence[TrustedKey]:
    """The keys of a variable; none if there is anything else in it, such as a private key or a day that is none."""
    if not _KEYS.fullmatch(text):
        return ()
    try:
        return [_key(said) for said in _KEY.findall(text)]
    except ValueError:
        return ()


def _key(said: str) -> TrustedKey:
    of = dict(line.split(": ") for line in said.split("\n")[1:])
    first, last = (date.fromisoformat(of[day]) if day in of else None for day in ("notBefore", "notAfter"))
    return TrustedKey(name=of.get("name", ""), not_before=first, not_after=last)
