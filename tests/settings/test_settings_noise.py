"""Drift that cannot be told from chance is refused before a deployment, where the lock knows the reference."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import drift_reference
from registry.pins import Pin
from settings import SettingsError, load, read_pins
from settings.model.pins import Noise
from settings.model.sampling import Sampling
from tests.settings.settings_stack import MNIST, edited
from tests.settings.test_settings_pins import REGISTRY, pin, written
from tests.settings.test_settings_sampling import STACK

NOISY = {"chi": 40.0, "values": 1000}


def refusals(tmp_path: Path, drift: list[dict[str, float]], **sampling: Any) -> list[str]:
    entry = pin(storage="s3://models/dev/mnist/4", drift=drift)
    lock = read_pins(written(tmp_path / "models.lock", mnist_stable=entry), "dev")
    edits = {**STACK, "registry": REGISTRY, "models.0.versions": [{"name": "mnist@stable"}]}
    edits["models.0.sampling"] = {"percent": 10, **sampling}
    try:
        load("dev", edited(edits), lock)
    except SettingsError as error:
        return [line.removeprefix("Pulumi.dev.yaml: inference:platform") for line in str(error).splitlines()]
    return []


def test_one_error_names_the_threshold_the_version_and_the_remedy(tmp_path: Path) -> None:
    (found,) = refusals(tmp_path, [{"chi": 30, "values": 500}, NOISY], minimumSamples=200, psiThreshold=0.2)
    assert found == (
        f"{MNIST}.sampling.psiThreshold: 0.2, which chance alone exceeds: the reference distribution of mnist@stable "
        "has too many bins or too few values for windows of minimumSamples 200; expected at least 0.24; raise "
        "minimumSamples to 250, or publish a version whose reference has fewer bins or more values"
    )


def test_where_no_window_is_long_enough_only_another_reference_helps(tmp_path: Path) -> None:
    (found,) = refusals(tmp_path, [{"chi": 40, "values": 100}])
    assert found.endswith("expected at least 0.48; publish a version whose reference has fewer bins or more values")


@pytest.mark.parametrize("drift", [[], [{"chi": 30, "values": 1000}]])
def test_a_reference_that_is_quiet_or_unknown_is_no_error(tmp_path: Path, drift: list[dict[str, float]]) -> None:
    assert refusals(tmp_path, drift) == []


def test_what_it_says_to_raise_helps(tmp_path: Path) -> None:
    assert refusals(tmp_path, [NOISY], minimumSamples=200, psiThreshold=0.24) == []
    assert refusals(tmp_path, [NOISY], minimumSamples=249, psiThreshold=0.2)
    assert refusals(tmp_path, [NOISY], minimumSamples=250, psiThreshold=0.2) == []


@given(st.floats(0.5, 200), st.integers(1, 10**6), st.integers(200, 10**6), st.floats(0.1, 10))
def test_the_registry_and_the_stack_measure_noise_alike(chi: float, values: int, rows: int, threshold: float) -> None:
    sampling = Sampling(percent=1, minimum_samples=rows, psi_threshold=threshold)
    noisy = drift_reference.Noise(chi=chi, values=values).index(rows) > threshold
    assert bool(list(sampling.noise_issues({"mnist@1": [Noise(chi=chi, values=values)]}))) is noisy


def test_a_lock_of_the_registry_has_what_the_stack_reads() -> None:
    entry = {**pin(), "keyFingerprint": "0" * 64, "drift": [NOISY]}
    del entry["signer"]
    assert json.loads(Pin.model_validate(entry).model_dump_json(by_alias=True))["drift"] == [NOISY]
