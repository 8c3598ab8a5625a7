"""A value that is missing is counted as such, and the other values of its row where they belong."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift_sampler.distributions import Observed
from drift_sampler.errors import UnreadableError
from drift_sampler.protocol import PROTOCOLS
from settings.model.sampling import Sampling
from tests.sampler.references import FEATURES, observed
from tests.sampler.running import INDEX, LEAST_SAMPLES, SHARE, Running, settled
from tests.sampler.stand_in_model import StandInModel
from tests.sampler.test_distributions import LIKELY, count, count_row, counted

NAN, INFINITY = float("nan"), float("inf")
TWO_INPUTS = {
    "pixels": {"edges": [0, 8, 16], "counts": [[500, 500]] * 2},
    "age": {"edges": [0, 50, 99], "counts": [[500, 500]]},
}
MISSING = {"missing": 1}


def inputs_of(seen: Observed) -> list[Mapping[str, int]]:
    return [bins for feature, bins in counted(seen).items() if feature not in ("probabilities", "confidence")]


@pytest.mark.parametrize("missing", [None, NAN, -NAN])
def test_the_others_of_its_row_are_counted(missing: object) -> None:
    seen = observed()
    count(seen, [1, missing, 15], LIKELY)
    assert inputs_of(seen) == [{"0 to 4": 1}, MISSING, {"12 to 16": 1}]
    assert counted(seen)["confidence"] == {"0.5 to 0.9": 1}
    assert seen.samples(0) == 1


@pytest.mark.parametrize(
    ("value", "place"), [(INFINITY, "above 16"), (10**400, "above 16"), (-INFINITY, "below 0"), (-(10**400), "below 0")]
)
def test_what_is_infinite_is_there(value: object, place: str) -> None:
    seen = observed()
    count(seen, [1, value, 15], LIKELY)
    assert inputs_of(seen)[1] == {place: 1}


@given(
    st.lists(
        st.lists(st.none() | st.floats() | st.integers(), min_size=FEATURES, max_size=FEATURES), min_size=1, max_size=9
    )
)
def test_each_value_of_each_row_is_counted_exactly_once(rows: list[list[float | None]]) -> None:
    seen = observed()
    for row in rows:
        count(seen, row, LIKELY)
    for place, bins in enumerate(inputs_of(seen)):
        column = [row[place] for row in rows]
        assert sum(bins.values()) == len(rows)
        assert bins.get("missing", 0) == sum(value is None or value != value for value in column)  # noqa: PLR0124 - NaN


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"pixels": [1, 9]}, [{"0 to 8": 1}, {"8 to 16": 1}, MISSING]),
        ({"age": [30]}, [MISSING, MISSING, {"0 to 50": 1}]),
        ({"pixels": [None], "age": [30]}, [MISSING, MISSING, {"0 to 50": 1}]),
    ],
)
def test_an_input_that_is_absent_lacks_all_of_its_values(
    inputs: Mapping[str, Sequence[object]], expected: Sequence[Mapping[str, int]]
) -> None:
    seen = observed(inputs=TWO_INPUTS)
    count_row(seen, inputs, {"probabilities": LIKELY})
    assert inputs_of(seen) == expected


@pytest.mark.parametrize("inputs", [{}, {"other": [1, 2]}, {"": [1, 2]}, {"pixels": [1], "age": [1]}])
def test_a_row_without_any_input_or_of_another_length_is_no_row_with_gaps(
    inputs: Mapping[str, Sequence[object]],
) -> None:
    seen = observed(inputs=TWO_INPUTS)
    with pytest.raises(UnreadableError):
        seen.asked(inputs)


@pytest.mark.parametrize("probabilities", [[NAN, NAN, NAN], [0.1, None, 0.9]])
def test_an_answer_without_a_number_is_a_prediction_that_is_missing(probabilities: Sequence[object]) -> None:
    seen = observed()
    count(seen, [1, 2, 3], probabilities)
    assert [counted(seen)[feature] for feature in ("probabilities", "confidence")] == [MISSING, MISSING]


def test_a_row_of_the_protocol_may_have_gaps_and_ragged_columns_are_refused() -> None:
    read = PROTOCOLS["tensorflow-serving"].inputs
    assert list(read(b'{"instances": [{"a": null, "b": [1, null]}, {"b": [2, 3]}]}')) == [
        {"a": [None], "b": [1, None]},
        {"b": [2, 3]},
    ]
    ((value,),) = (row["a"] for row in read(b'{"instances": [{"a": -Infinity}]}'))
    assert value == -INFINITY
    with pytest.raises(UnreadableError):
        list(read(b'{"inputs": {"a": [1, 2], "b": [1]}}'))


def index_of(missing: int, rows: int, **reference: Any) -> float:
    """That of the first value, which is missing in so many of the rows, and otherwise as in the reference."""
    seen = observed(**reference)
    for number in range(rows):
        value = None if number < missing else 4 * (number % 4)
        count(seen, [value, 1, 1], LIKELY)
    return next(iter(seen.compared(0))).index


def test_a_rising_share_of_missing_values_is_drift_where_the_reference_has_none() -> None:
    """By the rule and the limit that other drift is found by: 1 % is not drift, and 10 % is."""
    settings = Sampling(percent=1)
    rows = settings.minimum_samples
    assert index_of(rows // 100, rows) < settings.psi_threshold < index_of(rows // 10, rows)


def test_as_many_as_in_the_reference_are_no_drift_and_none_any_more_is() -> None:
    pixels = {"edges": [0, 4, 8, 12, 16], "counts": [[225] * 4] * FEATURES, "missing": [100] * FEATURES}
    inputs = {"inputs": {"pixels": pixels}}
    assert index_of(50, 500, **inputs) < 0.01
    assert index_of(0, 500, **inputs) > 0.25


def test_missing_values_are_a_metric_of_their_own_whether_or_not_the_model_takes_them(
    sampler: Running, model: StandInModel
) -> None:
    name = 'inference_sampler_missing_values_total{{feature="{}",kind="input"}}'
    for rows in (LEAST_SAMPLES - 1, 1):
        assert name.format("pixels[1]") not in sampler.metrics()
        sampler.copy(json.dumps({"instances": [[1, None, float("nan")]] * rows}).encode())
        settled(sampler, 1 if rows > 1 else 2)
    model.status = 400
    sampler.copy(b'{"instances": [[1, null, 3]]}')
    settled(sampler, 3)
    shown = sampler.metrics()
    assert shown["inference_sampler_rows_total"] == LEAST_SAMPLES + 1
    assert [shown[name.format(f"pixels[{place}]")] for place in range(3)] == [0, LEAST_SAMPLES + 1, LEAST_SAMPLES]
    assert shown["inference_sampler_window_samples"] == LEAST_SAMPLES
    assert shown[f'{SHARE}{{bin="missing",feature="pixels[1]",kind="input"}}'] == 1
    assert shown[f'{INDEX}{{feature="pixels[1]",kind="input"}}'] > 1
    assert shown[f'{INDEX}{{feature="pixels[0]",kind="input"}}'] > 1
