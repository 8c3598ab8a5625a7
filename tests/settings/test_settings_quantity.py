"""Kubernetes quantities, against the Kubernetes client as the reference."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.utils.quantity import parse_quantity

from settings import quantity_bytes, quantity_value
from settings.values.quantity import binary_quantity

NUMBERS = st.from_regex(r"[0-9]{1,9}(\.[0-9]{0,6})?|\.[0-9]{1,6}", fullmatch=True)
SUFFIXES = st.sampled_from(["", *"numkMGTPE", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e3", "E2", "e-3", "e+2"])


@given(NUMBERS, SUFFIXES)
def test_values_are_those_of_the_kubernetes_client(number: str, suffix: str) -> None:
    assert quantity_value(number + suffix) == parse_quantity(number + suffix)


REFUSED = (
    *("", ".", "Mi", "NaN", "Infinity", "-1", "+1", "0x1", "1,5", "9" * 31),
    *(" 1", "1\n", "1_0", "1 Mi", "\uff11"),
    *("1K", "1ki", "1mi", "1mb", "1e", "1e3i", "1e999", "1Mie3"),
)


@pytest.mark.parametrize("text", REFUSED)
def test_what_kubernetes_refuses_or_nobody_means(text: str) -> None:
    with pytest.raises(ValueError, match="is not a Kubernetes quantity"):
        quantity_value(text)


def test_bytes_are_rounded_up() -> None:
    assert quantity_bytes("1Ki") == 1024
    assert quantity_bytes("1.5m") == 1
    assert quantity_bytes("0.001Ki") == 2


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0"),
        (1, "1"),
        (1023, "1023"),
        (1024, "1Ki"),
        (60 * 2**20, "60Mi"),
        (2**30 - 1, "1024Mi"),
        (2**30 + 1, "1.1Gi"),
        (5 * 2**29, "2.5Gi"),
    ],
)
def test_the_shortest_binary_quantity(size_bytes: int, text: str) -> None:
    assert binary_quantity(size_bytes) == text


@given(st.integers(min_value=0, max_value=2**62))
def test_a_binary_quantity_is_enough_but_little_more(size_bytes: int) -> None:
    value = quantity_value(binary_quantity(size_bytes))
    assert size_bytes <= value <= Decimal(size_bytes) * Decimal("1.1")
