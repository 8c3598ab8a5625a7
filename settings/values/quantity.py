"""Kubernetes quantities, kept as the user wrote them.

The grammar is that of ``k8s.io/apimachinery`` (``pkg/api/resource/quantity.go``), without signs. The Kubernetes client
has a parser, but it takes 0.15 s to import and accepts what the API server refuses (``1K``, ``NaN``, ``1_0``); the
tests use it as the reference for everything that both accept.
"""

import math
import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from settings.validation.issues import refuse
from settings.values.text import named_text

_QUANTITY = re.compile(
    r"(?P<number>[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})"
    r"(?P<suffix>[KMGTPE]i|[numkMGTPE]|)(?P<exponent>(?<![A-Za-z])[eE][+-]?[0-9]{1,2}|)"
)
_DECIMAL = {suffix: Decimal(1000) ** power for power, suffix in enumerate(("n", "u", "m", "", "k", *"MGTPE"), start=-3)}
_BINARY = {f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", start=1)}
_FACTORS = _DECIMAL | _BINARY
_LARGEST = 2**63 - 1
SMALLEST_BYTES = 2**10
"""The smallest amount of bytes that a stack file may ask for. Kubernetes takes less, and nothing runs with it."""
_SMALLEST_PLAIN_BYTES = 2**20


def quantity_value(text: str) -> Decimal:
    """Convert a quantity to its base unit: cores for CPU, bytes for memory and storage.

    Raises:
        ValueError: the text is not a Kubernetes quantity.
    """
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a Kubernetes quantity")
    return Decimal(match["number"] + match["exponent"]) * _FACTORS[match["suffix"]]


def quantity_bytes(text: str) -> int:
    """Convert a memory or storage quantity to whole bytes, rounded up as Kubernetes does."""
    return math.ceil(quantity_value(text))


def binary_quantity(size_bytes: float | Decimal) -> str:
    """Format bytes as the shortest binary quantity that is not less, to a tenth of its unit: ``2.5Gi``."""
    unit, factor = "", Decimal(1)
    for larger, larger_factor in _BINARY.items():
        if size_bytes >= larger_factor:
            unit, factor = larger, larger_factor
    tenths = math.ceil(Decimal(size_bytes) * 10 / factor)
    return f"{tenths // 10}{unit}" if tenths % 10 == 0 else f"{tenths / 10}{unit}"


def _as_text(value: object) -> object:
    """YAML reads ``cpu: 2`` and ``cpu: 0.5`` as numbers; Kubernetes accepts both."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _checked(text: str) -> str:
    expected = "a Kubernetes quantity such as 2, 500m, 24Mi or 1.5Gi"
    try:
        value = quantity_value(text)
    except ValueError:
        refuse(expected, _nearest_quantity(text))
    if not 0 < value <= _LARGEST:
        refuse(f"{expected}, more than 0 and less than 8Ei")
    return text


def _nearest_quantity(text: str) -> str:
    """Kubernetes' units are case-sensitive and have no ``B``: ``24 mb`` → ``24Mi``."""
    match = re.fullmatch(r"\s*([0-9.]{1,30})\s*([kmgtpe])i?b?\s*", text, re.IGNORECASE | re.ASCII)
    return f"did you mean '{match[1]}{match[2].upper()}i'?" if match else ""


def _meant_as_bytes(text: str) -> str:
    """``size: 2`` is two bytes for Kubernetes, and ``500m`` is half a byte: nobody means that."""
    has_unit = text[-1].isalpha()
    if quantity_value(text) < (SMALLEST_BYTES if has_unit else _SMALLEST_PLAIN_BYTES):
        number = text.removesuffix("Ki").rstrip("numk")
        refuse(
            "at least 1Ki" if has_unit else "bytes with their unit, such as 24Mi or 1.5Gi",
            f"did you mean '{number}Mi' or '{number}Gi'?" if re.fullmatch(r"[0-9.]{1,6}", number) else "",
        )
    return text


Quantity = Annotated[str, BeforeValidator(_as_text), AfterValidator(_checked), named_text("quantity")]
"""A Kubernetes quantity above zero, kept as its text."""
ByteQuantity = Annotated[Quantity, AfterValidator(_meant_as_bytes)]
"""A Kubernetes quantity of bytes, such as of memory or of files."""
