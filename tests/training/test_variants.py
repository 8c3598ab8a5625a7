"""The same weights in other forms: what they cost and what they save."""

import json
from typing import Any

import pytest

from tests.training.trained import PATIENT, Training

pytestmark = PATIENT

POINT = 0.01


def metrics(plain: Training, version: str) -> dict[str, Any]:
    return json.loads((plain.output / f"{version}.yaml").read_text(encoding="utf-8"))["metrics"]


def test_int8_loses_at_most_a_point_of_accuracy(plain: Training) -> None:
    lost = metrics(plain, "1")["accuracy"] - metrics(plain, "1-tflite-int8")["accuracy"]
    assert lost <= POINT


def test_float_answers_as_the_saved_model_does(plain: Training) -> None:
    for figure in ("accuracy", "loss"):
        assert metrics(plain, "1-tflite-float")[figure] == pytest.approx(metrics(plain, "1")[figure], rel=1e-4)


def test_numpy_answers_as_the_saved_model_does(plain: Training, inspection: dict[str, Any]) -> None:
    for figure in ("accuracy", "loss"):
        assert metrics(plain, "1-triton-python")[figure] == pytest.approx(metrics(plain, "1")[figure], rel=1e-4)
    pairs = zip(inspection["1-triton-python"]["confidence"], inspection["1"]["confidence"], strict=True)
    assert max(abs(ours - theirs) for ours, theirs in pairs) < 1e-4


def test_int8_computes_in_integers_alone(inspection: dict[str, Any]) -> None:
    assert inspection["1-tflite-int8"]["innerTypes"] == ["int32", "int8"]
    assert "float32" in inspection["1-tflite-float"]["innerTypes"]


def test_a_version_tells_the_bytes_of_all_its_files(plain: Training) -> None:
    for version in ("1", "1-tflite-float", "1-tflite-int8", "1-triton-python"):
        files = [file for file in (plain.output / version).rglob("*") if file.is_file()]
        assert metrics(plain, version)["sizeBytes"] == sum(file.stat().st_size for file in files)


def test_int8_is_a_third_of_float(plain: Training) -> None:
    lite, exact = (
        (plain.output / version / "model.tflite").stat().st_size for version in ("1-tflite-int8", "1-tflite-float")
    )
    assert lite < exact / 3
