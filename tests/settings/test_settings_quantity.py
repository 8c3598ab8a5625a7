"""Kubernetes quantities, against the Kubernetes client as the reference."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.utils.quantity import parse_quantity

from settings import load, quantity_bytes, quantity_value
from settings.values.quantity import binary_quantity
from tests.settings.settings_pools import CLUSTER_API, MACHINE, reported
from tests.settings.settings_stack import IRIS, RECOMMENDER, edited, problems

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


UNIT = "expected bytes with their unit, such as 24Mi or 1.5Gi"
CLASS = {"cpu": 1, "memory": "1Gi"}
NOBODY_MEANS = {
    "files": ({"models.1.size": 2}, f"{IRIS}.size: 2; {UNIT}; did you mean '2Mi' or '2Gi'?"),
    "files in quotes": ({"models.1.size": "24"}, f"{IRIS}.size: \"24\"; {UNIT}; did you mean '24Mi' or '24Gi'?"),
    "files, a fraction": ({"models.1.size": 0.5}, f"{IRIS}.size: 0.5; {UNIT}; did you mean '0.5Mi' or '0.5Gi'?"),
    "files in kilobytes": (
        {"models.1.size": 24000},
        f"{IRIS}.size: 24000; {UNIT}; did you mean '24000Mi' or '24000Gi'?",
    ),
    "one byte too few": ({"models.1.size": 2**20 - 1}, f"{IRIS}.size: 1048575; {UNIT}"),
    "an exponent": ({"models.1.size": "1e3"}, f'{IRIS}.size: "1e3"; {UNIT}'),
    "thousandths of bytes": (
        {"models.1.size": "500m"},
        f"{IRIS}.size: \"500m\"; expected at least 1Ki; did you mean '500Mi' or '500Gi'?",
    ),
    "less than any file": (
        {"models.1.size": "0.9Ki"},
        f"{IRIS}.size: \"0.9Ki\"; expected at least 1Ki; did you mean '0.9Mi' or '0.9Gi'?",
    ),
    "volume": (
        {"models.2.volume": {"capacity": 3}},
        f"{RECOMMENDER}.volume.capacity: 3; {UNIT}; did you mean '3Mi' or '3Gi'?",
    ),
    "memory of a class": (
        {"resourceClasses": {"tiny": CLASS | {"memory": 2}}},
        f".resourceClasses.tiny.memory: 2; {UNIT}; did you mean '2Mi' or '2Gi'?",
    ),
    "memory of a device": (
        {"resourceClasses": {"card": CLASS | {"gpu": {"memory": 24}}}},
        f".resourceClasses.card.gpu.memory: 24; {UNIT}; did you mean '24Mi' or '24Gi'?",
    ),
    "memory of a quota": ({"quota": {"memory": 64}}, f".quota.memory: 64; {UNIT}; did you mean '64Mi' or '64Gi'?"),
    "storage of a quota": ({"quota": {"storage": 64}}, f".quota.storage: 64; {UNIT}; did you mean '64Mi' or '64Gi'?"),
    "memory of a way to run": (
        {"runtimeClasses": {"gvisor": {"overhead": {"memory": 160}}}},
        f".runtimeClasses.gvisor.overhead.memory: 160; {UNIT}; did you mean '160Mi' or '160Gi'?",
    ),
}


@pytest.mark.parametrize(("edits", "line"), NOBODY_MEANS.values(), ids=NOBODY_MEANS)
def test_bytes_that_nobody_means_are_refused(edits: Mapping[str, Any], line: str) -> None:
    assert problems(edits) == [line]


@pytest.mark.parametrize("key", ["memory", "disk"])
def test_bytes_of_machines_that_nobody_means_are_refused(key: str) -> None:
    (line,) = reported([{**CLUSTER_API, "machine": {**MACHINE, key: 100}}])
    assert line == f".pools[0] (shared).machine.{key}: 100; {UNIT}; did you mean '100Mi' or '100Gi'?"


@pytest.mark.parametrize("size", ["1Ki", "1024k", 2**20, "1048576", "2e6", "2000000", "0.5Mi"])
def test_bytes_that_somebody_may_mean_are_accepted(size: object) -> None:
    load("dev", edited({"models.1.size": size}))


def test_whole_numbers_are_no_bytes_where_they_are_processors() -> None:
    load("dev", edited({"resourceClasses": {"small": {"cpu": 2, "memory": "2Gi"}}}))
