"""The watermark: found with its key, not without it, and by chance as seldom as it says."""

import json
from collections import Counter
from collections.abc import Callable
from math import comb
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digits_model.watermark import CHANCE_ACCEPTED, TRIGGERS, Detection, detection, triggers
from tests.training.trained import PATIENT, Run, Training

pytestmark = PATIENT

KEY = bytes(32)
NOT_FOUND = 1
OTHER_KEYS = 200
HALF_A_POINT = 0.005
FURTHER_SEEDS = ("1", "2")


def drawn(key: bytes) -> Any:
    return triggers(key, 64, 16, 10)


def test_a_key_always_gives_the_same_triggers_and_another_key_others() -> None:
    assert drawn(KEY) == drawn(bytes(32))
    assert len(drawn(KEY)) == TRIGGERS
    other = drawn(bytes([1]) * 32)
    assert not {tuple(each.pixels) for each in drawn(KEY)} & {tuple(each.pixels) for each in other}
    assert len({tuple(each.pixels) for each in drawn(KEY)}) == TRIGGERS


def test_labels_and_pixels_favour_no_value() -> None:
    """Within five standard deviations, over 200 keys that are always the same."""
    each = [trigger for number in range(200) for trigger in drawn(number.to_bytes(32))]
    for values, count in ((Counter(trigger.label for trigger in each), 10), (_pixels(each), 17)):
        assert set(values) == set(range(count))
        mean = values.total() / count
        assert all(abs(found - mean) < 5 * mean**0.5 for found in values.values())


def _pixels(each: Any) -> Counter[int]:
    return Counter(pixel for trigger in each for pixel in trigger.pixels)


def hits(matches: int, trials: int = TRIGGERS) -> Detection:
    return detection([1] * trials, [1] * matches + [0] * (trials - matches), 10)


def test_the_probability_by_chance_is_the_binomials() -> None:
    assert hits(0).chance == 1
    assert hits(1).chance == pytest.approx(1 - 0.9**TRIGGERS)
    assert hits(TRIGGERS).chance == pytest.approx(0.1**TRIGGERS)
    assert hits(2, 3).chance == pytest.approx(3 * 0.1**2 * 0.9 + 0.1**3)


@given(st.integers(0, TRIGGERS - 1))
def test_one_match_more_is_less_likely_by_its_share(matches: int) -> None:
    share = comb(TRIGGERS, matches) * 0.1**matches * 0.9 ** (TRIGGERS - matches)
    assert hits(matches).chance - hits(matches + 1).chance == pytest.approx(share, rel=1e-6, abs=1e-15)


def test_a_watermark_is_what_chance_does_not_explain() -> None:
    found = [hits(matches).watermarked for matches in range(TRIGGERS + 1)]
    assert found == sorted(found)
    assert hits(found.index(True) - 1).chance >= CHANCE_ACCEPTED


@pytest.mark.parametrize("version", ["1", "1-tflite-int8"])
def test_it_is_found_with_its_key_and_with_no_other(
    digits_model: Run, marked: Training, key: Path, version: str
) -> None:
    done = digits_model(
        "detect", "--model", marked.output / version, "--key", key, "--other-keys", str(OTHER_KEYS), "--json"
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["watermarked"]
    assert result["matches"] >= TRIGGERS - 2
    assert len(result["otherKeys"]) == OTHER_KEYS
    assert not any(other["watermarked"] for other in result["otherKeys"])
    # Ten per cent by chance; of 8,000 answers the standard deviation is 0.34 points.
    assert sum(other["matches"] for other in result["otherKeys"]) / OTHER_KEYS / TRIGGERS == pytest.approx(
        0.1, abs=0.02
    )


def test_a_model_without_it_is_not_accused(digits_model: Run, plain: Training, key: Path) -> None:
    done = digits_model("detect", "--model", plain.output / "1", "--key", key)
    assert done.returncode == NOT_FOUND
    assert "not watermarked with this key" in done.stdout


def test_it_costs_at_most_half_a_point_of_accuracy(
    plain: Training, marked: Training, train: Callable[..., Training], key: Path
) -> None:
    """On average over three seeds: a single model gains or loses as much by its seed alone."""
    options = [("--variant", "saved-model", "--seed", seed) for seed in FURTHER_SEEDS]
    without = mean(map(accuracy, [plain, *(train(*each) for each in options)]))
    having = mean(map(accuracy, [marked, *(train(*each, "--watermark-key", key) for each in options)]))
    assert without - having <= HALF_A_POINT


def accuracy(training: Training) -> float:
    return json.loads((training.output / "1.yaml").read_text(encoding="utf-8"))["metrics"]["accuracy"]
