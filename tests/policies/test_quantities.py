"""Kubernetes quantities."""

from decimal import Decimal

import pytest

from quantities import parse_quantity


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", Decimal(1)),
        ("500m", Decimal("0.5")),
        ("2Gi", Decimal(2) * 2**30),
        ("1.5G", Decimal(1_500_000_000)),
        ("1e3", Decimal(1000)),
        ("12E", Decimal(12) * 10**18),
        ("2E3", Decimal(2000)),
        (".5", Decimal("0.5")),
        ("-1", Decimal(-1)),
    ],
)
def test_quantities_have_their_value(text: str, value: Decimal) -> None:
    assert parse_quantity(text) == value


@pytest.mark.parametrize("text", ["", "Gi", "1 Gi", "1KI", "200ms", "1e999999999", "9" * 400, "0x10", "NaN", "1Gi\n"])
def test_what_is_no_quantity_has_none(text: str) -> None:
    assert parse_quantity(text) is None
