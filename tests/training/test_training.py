"""The trained model: good, reproducible, and written with what serving, verification and monitoring need of it."""

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.training.trained import PATIENT, SHORT, Training

pytestmark = PATIENT

ROWS = 8
VERSIONS = ("1", "1-tflite-float", "1-tflite-int8", "1-triton-python")


def document(directory: Path, name: str) -> dict[str, Any]:
    return json.loads((directory / "assets.extra" / f"{name}.json").read_text(encoding="utf-8"))


def description(plain: Training, version: str) -> dict[str, Any]:
    return json.loads((plain.output / f"{version}.yaml").read_text(encoding="utf-8"))


def test_no_digit_is_in_both_splits_and_none_is_left_out(inspection: dict[str, Any]) -> None:
    assert inspection["split"]["whole"]
    assert sum(inspection["split"]["sizes"]) == 1797


def test_it_reads_digits_that_it_has_not_seen(plain: Training, inspection: dict[str, Any]) -> None:
    assert inspection["1"]["accuracy"] > 0.97
    assert inspection["1"]["classesAgree"]
    assert inspection["1"]["rowSums"] == pytest.approx([1, 1])


@pytest.mark.parametrize("version", VERSIONS)
def test_its_metrics_are_those_of_the_files_that_were_written(
    plain: Training, inspection: dict[str, Any], version: str
) -> None:
    stored, found = document(plain.output / version, "evaluation"), inspection[version]
    assert stored["confusion"] == found["confusion"]
    assert stored["recall"] == pytest.approx(found["recall"])
    assert stored["accuracy"] == pytest.approx(found["accuracy"])
    metrics = description(plain, version)["metrics"]
    assert metrics["accuracy"] == pytest.approx(found["accuracy"])
    assert metrics["worstRecall"] == pytest.approx(min(found["recall"]))
    assert metrics["loss"] == stored["loss"]


def test_its_loss_is_the_cross_entropy(plain: Training, inspection: dict[str, Any]) -> None:
    assert document(plain.output / "1", "evaluation")["loss"] == pytest.approx(inspection["1"]["loss"], rel=1e-4)


def test_the_same_seed_gives_the_same_weights_and_another_does_not(train: Callable[..., Training]) -> None:
    first, again, other = (train(*SHORT, "--seed", seed) for seed in ("7", "7", "8"))
    assert first.weights.startswith("weights sha256:")
    assert first.weights == again.weights != other.weights


def test_the_digest_of_the_weights_is_written_with_every_variant(plain: Training) -> None:
    digests = {document(plain.output / version, "evaluation")["weightsSha256"] for version in VERSIONS}
    assert {f"weights sha256:{digest}" for digest in digests} == {plain.weights}


def test_warm_up_requests_are_answered_by_the_signatures_that_they_name(inspection: dict[str, Any]) -> None:
    expected = [
        {"model": "digits", "signature": signature, "rows": rows, "answers": {name: [rows, *more] for name, more in to}}
        for signature, to in {
            "serving_default": [("probabilities", [10])],
            "classes": [("classes", []), ("confidence", [])],
        }.items()
        for rows in (1, 8, 32)
    ]
    assert inspection["1"]["warmUp"] == expected


@pytest.mark.parametrize("version", VERSIONS)
def test_the_expected_predictions_are_what_the_version_answers(
    plain: Training, inspection: dict[str, Any], version: str
) -> None:
    expected = document(plain.output / version, "verification")
    assert expected.keys() == {"schema", "signature", "inputs", "outputs", "tolerance"}
    assert (expected["schema"], expected["signature"]) == (1, "serving_default")
    assert [len(row) for row in expected["inputs"]["pixels"]] == [64] * ROWS
    assert [len(row) for row in expected["outputs"]["probabilities"]] == [10] * ROWS
    assert inspection[version]["difference"] < expected["tolerance"] < 0.01


def test_the_reference_distribution_is_that_of_the_digits_it_learned_from(
    plain: Training, inspection: dict[str, Any]
) -> None:
    reference = document(plain.output / "1", "reference_distribution")
    edges = reference["inputs"]["pixels"]["edges"]
    assert (edges[0], edges[-1]) == (0, 16)
    split = inspection["split"]
    columns = zip(*split["trainPixels"], strict=True)
    for column, counts in zip(columns, reference["inputs"]["pixels"]["counts"], strict=True):
        bins = Counter(min(bisect_right(edges, pixel) - 1, len(edges) - 2) for pixel in column)
        assert counts == [bins[place] for place in range(len(edges) - 1)]
    labels = Counter(split["trainLabels"])
    priors = [labels[digit] / labels.total() for digit in range(10)]
    assert reference["classes"]["priors"] == pytest.approx(priors)
    confidence = sorted(inspection["1"]["confidence"])
    quantiles = reference["confidence"]["quantiles"]
    assert quantiles["0.5"] == pytest.approx(confidence[len(confidence) // 2], abs=1e-4)
    assert list(quantiles.values()) == sorted(quantiles.values())
    edges = reference["confidence"]["edges"]
    between = Counter(min(bisect_right(edges, each) - 1, len(edges) - 2) for each in confidence)
    assert reference["confidence"]["counts"] == [between[place] for place in range(len(edges) - 1)]
    predicted = [sum(column) for column in zip(*inspection["1"]["confusion"], strict=True)]
    assert reference["predictions"] == {"output": "probabilities", "counts": predicted}


def test_the_description_tells_the_signatures_of_the_files(plain: Training) -> None:
    pixels = {"pixels": {"dtype": "float32", "shape": [-1, 64]}}
    probabilities = {"probabilities": {"dtype": "float32", "shape": [-1, 10]}}
    default = {"inputs": pixels, "outputs": probabilities}
    confidence = {"dtype": "float32", "shape": [-1]}
    classes = {"inputs": pixels, "outputs": {"classes": {"dtype": "int64", "shape": [-1]}, "confidence": confidence}}
    assert description(plain, "1")["signatures"] == {"serving_default": default, "classes": classes}
    for version in ("1-tflite-float", "1-tflite-int8"):
        assert description(plain, version)["signatures"] == {"serving_default": default}
    digit = {"digit": {"dtype": "int64", "shape": [-1, 1]}}
    triton = {"inputs": pixels, "outputs": {**probabilities, **digit}}
    assert description(plain, "1-triton-python")["signatures"] == {"serving_default": triton}


def test_the_description_says_from_what_it_was_made(plain: Training) -> None:
    said = description(plain, "1")
    assert said["framework"] == "tensorflow 2.21.0, saved-model"
    assert said["dataRevision"].startswith("scikit-learn 1.9.1 digits, sha256:")
    assert said["codeRevision"].startswith("sha256:")
    assert (said["licence"], said["dataClass"]) == ("BSD-3-Clause", "public")
