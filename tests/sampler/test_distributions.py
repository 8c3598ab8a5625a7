"""Rows are counted in the right bins, whole or not at all, and nothing of them is kept but that."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift_sampler.bins import Bins
from drift_sampler.distributions import Observed
from drift_sampler.errors import UnreadableError
from tests.sampler.references import EDGES, FEATURES, observed

LIKELY = [0.1, 0.7, 0.2]


def counted(seen: Observed) -> Mapping[str, Mapping[str, int]]:
    """The bins that are not empty, by feature."""
    return {
        each.reference.feature: {
            name: count for name, count in zip(each.reference.bins.names, each.counts, strict=True) if count
        }
        for each in seen.compared(0)
    }


def count(seen: Observed, pixels: Sequence[object], probabilities: Sequence[object]) -> None:
    count_row(seen, {"pixels": pixels}, {"probabilities": probabilities})


def count_row(seen: Observed, inputs: Mapping[str, Sequence[object]], outputs: Mapping[str, Sequence[object]]) -> None:
    seen.count(seen.asked(inputs), seen.answered(outputs), 0)


def test_a_row_is_counted_once_in_every_distribution() -> None:
    seen = observed()
    count(seen, [-1, 4, 16], LIKELY)
    assert seen.samples(0) == 1
    assert counted(seen) == {
        "pixels[0]": {"below 0": 1},
        "pixels[1]": {"4 to 8": 1},
        "pixels[2]": {"12 to 16": 1},
        "probabilities": {"1": 1},
        "confidence": {"0.5 to 0.9": 1},
    }


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=FEATURES, max_size=FEATURES))
def test_every_number_has_exactly_one_bin(pixels: list[float]) -> None:
    seen = observed()
    count(seen, pixels, LIKELY)
    for each, value in zip(list(seen.compared(0))[:FEATURES], pixels, strict=True):
        (place,) = [number for number, found in enumerate(each.counts) if found]
        low = -float("inf") if place == 0 else EDGES[place - 1]
        high = float("inf") if place == len(EDGES) else EDGES[place]
        assert low <= value < high or value == high == EDGES[-1]


@pytest.mark.parametrize(
    ("pixels", "probabilities"),
    [
        ([1, 2], LIKELY),
        ([1, 2, 3, 4], LIKELY),
        ([1, 2, "3"], LIKELY),
        ([1, 2, [3]], LIKELY),
        ([1, 2, 3], [0.5, 0.5]),
        ([1, 2, 3], [0.5, 0.5, "0"]),
        ([1, 2, 3], [float("inf"), 0.5, 0.5]),
        ([1, 2, 3], [0.5, 10**400, 0]),
        ([1, 2, 3], [0.9]),
        ([1, 2, 3], []),
    ],
)
def test_a_row_of_another_shape_is_not_counted(pixels: list[object], probabilities: list[object]) -> None:
    seen = observed()
    with pytest.raises(UnreadableError):
        count(seen, pixels, probabilities)
    assert seen.samples(0) == 0


def test_what_has_no_name_is_the_only_one_there_is() -> None:
    seen = observed()
    count_row(seen, {"": [1, 2, 3]}, {"": LIKELY})
    assert seen.samples(0) == 1
    for inputs, outputs in (({"other": [1, 2, 3]}, {"": LIKELY}), ({"": [1, 2, 3]}, {"classes": [1]})):
        with pytest.raises(UnreadableError):
            count_row(seen, inputs, outputs)


def test_a_probability_that_rounding_takes_above_one_is_one() -> None:
    seen = observed()
    count(seen, [1, 2, 3], [0, 1.0000001, 0])
    assert counted(seen)["confidence"] == {"0.9 to 1": 1}


def test_a_number_that_is_predicted_is_counted_in_its_bin() -> None:
    seen = observed(
        predictions={"output": "price", "edges": [0, 1, 2], "counts": [1, 1]},
        confidence={},
        inputs={"age": {"edges": [0, 99], "counts": [[5]]}},
    )
    count_row(seen, {"age": [3]}, {"price": [1.5]})
    assert counted(seen) == {"age": {"0 to 99": 1}, "price": {"1 to 2": 1}}


def test_rows_of_the_reference_are_no_drift_and_others_are() -> None:
    same, shifted = observed(), observed()
    for number in range(400):
        pixel = 4 * (number % 4)
        probabilities = [[0.4, 0.3, 0.3], [0.2, 0.8, 0], [0, 0.05, 0.95]][min(number % 10 // 3, 2)]
        count(same, [pixel] * FEATURES, probabilities)
        count(shifted, [pixel, pixel, 12 + number % 4], probabilities)
    assert all(each.index < 0.01 for each in list(same.compared(0))[:FEATURES])
    far = {each.reference.feature for each in list(shifted.compared(0))[:FEATURES] if each.index > 0.2}
    assert far == {"pixels[2]"}


def test_every_bin_has_a_name_of_its_own_however_close_the_edges_are() -> None:
    names = Bins(edges=[1_700_000_000.0, 1_700_000_001.0, 1_700_000_001.5]).names
    assert len(set(names)) == len(names) == 5
    assert names[1] == "1.7e+09 to 1700000001.0"
