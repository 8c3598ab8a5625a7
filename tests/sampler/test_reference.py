"""A reference is whole and of a bounded size, or it is refused with the reason."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from drift_sampler.errors import UnusableReferenceError
from drift_sampler.reference import MOST_BINS, MOST_BYTES, MOST_COUNTERS, MOST_FEATURES, Kind, read_reference
from tests.sampler.references import CLASSES, EDGES, FEATURES, document, reference, written


def test_every_feature_the_prediction_and_the_confidence_have_a_distribution(tmp_path: Path) -> None:
    found = read_reference(written(tmp_path))
    names = [(each.kind, each.feature) for each in found.all]
    features = [(Kind.INPUT, f"pixels[{number}]") for number in range(FEATURES)]
    assert names == [*features, (Kind.PREDICTION, "probabilities"), (Kind.CONFIDENCE, "confidence")]
    assert found.all[0].bins.names == ["below 0", "0 to 4", "4 to 8", "8 to 12", "12 to 16", "above 16", "missing"]
    assert found.all[FEATURES].bins.names == [*map(str, range(CLASSES)), "missing"]
    assert all(len(each.counts) == len(each.bins.names) for each in found.all)


def test_a_model_of_one_number_needs_no_confidence() -> None:
    predictions = {"output": "price", "edges": [0, 1, 2], "counts": [1, 1]}
    found = reference(predictions=predictions, confidence={}, inputs={"age": {"edges": [0, 99], "counts": [[5]]}})
    assert [each.feature for each in found.all] == ["age", "price"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"schema": 1}, "schema 1, expected 2"),
        ({"inputs": {}}, "the inputs have 0 values"),
        ({"inputs": {"x": {"edges": [0, 1], "counts": [[1]] * (MOST_FEATURES + 1)}}}, f"1 to {MOST_FEATURES}"),
        ({"inputs": {"x": {"edges": list(range(21)), "counts": [[1] * 20] * 4000}}}, f"at most {MOST_COUNTERS}"),
        ({"inputs": {"x": {"edges": [0, 2, 1], "counts": [[1, 1]]}}}, "increasing edges"),
        ({"inputs": {"x": {"edges": [0, float("nan"), 1], "counts": [[1, 1]]}}}, "increasing edges"),
        ({"inputs": {"x": {"edges": list(EDGES), "counts": [[1, 1]]}}}, "one count fewer"),
        ({"inputs": {"x": {"edges": list(range(MOST_BINS + 2)), "counts": [[1] * (MOST_BINS + 1)]}}}, "increasing"),
        ({"inputs": {"x": {"edges": [0, 1], "counts": [[-1]]}}}, "expected counts"),
        ({"inputs": {"x": {"edges": [0, 1], "counts": [[1]], "missing": [-1]}}}, "expected counts"),
        ({"inputs": {"x": {"edges": [0, 1], "counts": [[1]], "missing": []}}}, "0 counts of missing values"),
        ({"inputs": {"x": {"edges": [0, 1], "counts": [[1]], "missing": 1}}}, "TypeError"),
        ({"inputs": {"x": {"edges": [0, 1], "counts": [[0]]}}}, "not all of which are 0"),
        ({"inputs": {"x": {"edges": [0, 1], "counts": 3}}}, "TypeError"),
        ({"inputs": {"others": {"edges": [0, 1], "counts": [[1]]}}}, "none that is called 'others'"),
        (
            {"inputs": {"x": {"edges": [0, 1], "counts": [[1], [1]]}, "x[1]": {"edges": [0, 1], "counts": [[1]]}}},
            "inputs of different names",
        ),
        ({"predictions": {"output": "y", "counts": [1]}}, "1 classes, expected 2"),
        ({"predictions": {}}, "KeyError('output')"),
        ({"predictions": []}, "TypeError"),
    ],
)
def test_what_it_cannot_use_is_refused_with_the_reason(
    tmp_path: Path, changed: Mapping[str, object], reason: str
) -> None:
    with pytest.raises(UnusableReferenceError) as refused:
        read_reference(written(tmp_path, **changed))
    assert reason in str(refused.value)
    assert str(tmp_path / "reference_distribution.json") in str(refused.value)


def test_a_file_that_is_missing_broken_or_huge_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "reference_distribution.json"
    with pytest.raises(UnusableReferenceError, match="published without it"):
        read_reference(file)
    file.write_text(json.dumps(document())[:-1], encoding="utf-8")
    with pytest.raises(UnusableReferenceError):
        read_reference(file)
    file.write_bytes(b" " * (MOST_BYTES + 1))
    with pytest.raises(UnusableReferenceError, match=f"more than {MOST_BYTES} bytes"):
        read_reference(file)
