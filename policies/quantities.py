"""Kubernetes quantities (``500m``, ``2Gi``, ``1e3``) as numbers."""

import re
from decimal import Decimal

_BINARY_EXPONENT = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL_EXPONENT = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}

# Lengths are bounded so that an absurd number costs nothing.
_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30}))(?:(?P<suffix>[KMGTPE]i|[numkMGTPE]?)|[eE](?P<exponent>[+-]?\d{1,2}))"
)


def parse_quantity(text: str) -> Decimal | None:
    """The quantity in its base unit (cores, bytes), or None where ``text`` is none."""
    match = _QUANTITY.fullmatch(text)
    if not match:
        return None
    number = Decimal(match["number"])
    if match["exponent"]:
        return number.scaleb(int(match["exponent"]))
    if match["suffix"] in _BINARY_EXPONENT:
        return number * 2 ** _BINARY_EXPONENT[match["suffix"]]
    return number.scaleb(_DECIMAL_EXPONENT[match["suffix"]])
