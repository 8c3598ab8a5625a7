"""JSON in one spelling, so that equal values have equal digests.

This is RFC 8785 with two differences, as no request may fail for its digest: whole numbers beyond 2⁵³ keep all their
digits instead of being rounded to the next double, and halves of surrogate pairs are passed on as they are.
"""

import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal

_FIXED_DIGITS = 21
_SMALLEST_FIXED = -6


def canonical(value: object) -> bytes:
    """The UTF-8 of a JSON value: names sorted, no space, numbers as ECMAScript writes them.

    Raises:
        ValueError: a number is infinite or none.
        TypeError: a value is none of JSON.
    """
    return _text(value).encode("utf-8", "surrogatepass")


def _text(value: object) -> str:
    match value:
        case None | bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case int():
            return str(value)
        case float():
            return _number(value)
        case Mapping():
            names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
            return "{" + ",".join(f"{_text(name)}:{_text(value[name])}" for name in names) + "}"
        case Sequence():
            return "[" + ",".join(map(_text, value)) + "]"
        case _:
            raise TypeError(f"{type(value).__name__} is no type of JSON")


def _number(value: float) -> str:
    """A number as ECMAScript's Number::toString writes it (ECMA-262, 6.1.6.1.20)."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number of JSON")
    if value == 0:
        return "0"
    number = Decimal(repr(value)).normalize()
    digits = "".join(map(str, number.as_tuple().digits))
    point = number.adjusted() + 1
    prefix = "-" if value < 0 else ""
    if len(digits) <= point <= _FIXED_DIGITS:
        return prefix + digits + "0" * (point - len(digits))
    if 0 < point <= _FIXED_DIGITS:
        return f"{prefix}{digits[:point]}.{digits[point:]}"
    if _SMALLEST_FIXED < point <= 0:
        return f"{prefix}0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{prefix}{digits[0]}{fraction}e{point - 1:+d}"
