"""Drift of the digits model: its own digits are none, however they are drawn, and other ones are."""

import json
from pathlib import Path
from typing import Any

import pytest

from settings.model.sampling import Sampling
from tests.training.trained import PATIENT, Run, Training

pytestmark = PATIENT

MEASUREMENT = Path(__file__).with_name("measure_drift.py")
WINDOWS = 1000
DEFAULTS = Sampling(percent=1)


@pytest.fixture(scope="module")
def furthest(digits_model: Run, plain: Training) -> dict[str, list[float]]:
    """The index that is greatest, of each window, by how its digits were changed."""
    given = (plain.output / "1", str(WINDOWS), str(DEFAULTS.minimum_samples))
    done = digits_model(*given, program=(MEASUREMENT,))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_no_window_of_its_own_digits_has_drifted(furthest: dict[str, list[float]]) -> None:
    """None of n: with 95 % confidence fewer than 3 in n, which docs/drift.md states."""
    own = furthest["own"]
    assert len(own) == WINDOWS
    assert max(own) < DEFAULTS.psi_threshold
    # They are not all alike: chance is seen, and is no drift.
    assert max(own) > 2 * min(own) > 0


def test_every_window_of_other_digits_has(furthest: dict[str, Any]) -> None:
    others = {how: indices for how, indices in furthest.items() if how != "own"}
    assert len(others) == 7
    for how, indices in others.items():
        assert len(indices) == WINDOWS // 20
        assert min(indices) > 2 * DEFAULTS.psi_threshold, how
