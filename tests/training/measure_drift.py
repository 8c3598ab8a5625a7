"""``python measure_drift.py VERSION WINDOWS SAMPLES``: drift of windows of held-out digits, as they are and shifted.

It runs in the training environment, and prints as JSON how far the distribution of each window that has drifted
furthest is from the version's reference. The sampler's own code counts and compares.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from digits_model import data
from digits_model.predictor import predictor_in
from drift_sampler.distributions import Observed
from drift_sampler.reference import Reference, read_reference

Row = tuple[Sequence[int], Sequence[int]]
"""The counters of what it asks, and of what it is answered."""
WINDOW_SECONDS = 3600.0
_SEED = 20_261_129
_DIGITS = data.load()
_PIXELS = _DIGITS.test.pixels
_IMAGES = _PIXELS.reshape(-1, 8, 8)
SHIFTS = {
    "darker": _PIXELS * 0.6,
    "inverted": 16 - _PIXELS,
    "one pixel to the right": np.roll(_IMAGES, 1, axis=2).reshape(-1, 64),
    "upside down": _IMAGES[:, ::-1].reshape(-1, 64),
    "noise": np.clip(_PIXELS + np.random.default_rng(_SEED).normal(0, 4, _PIXELS.shape), 0, 16),
    "another scale": _PIXELS / 16,
    "no more ones, twos and threes": _PIXELS[~np.isin(_DIGITS.test.labels, (1, 2, 3))],
}


def main(directory: Path, windows: int, samples: int) -> None:
    """Print the furthest index of every window, by how its digits were changed."""
    reference = read_reference(directory / "assets.extra" / "reference_distribution.json")
    predict, random = predictor_in(directory).predict, np.random.default_rng(_SEED)

    def furthest(pixels: np.ndarray, times: int) -> list[float]:
        rows = _counted(reference, pixels.astype(np.float32), predict(pixels.astype(np.float32)))
        return [_window(reference, rows, random.integers(0, len(rows), samples)) for _ in range(times)]

    found = {"own": furthest(_PIXELS, windows)}
    found |= {name: furthest(pixels, windows // 20) for name, pixels in SHIFTS.items()}
    sys.stdout.write(json.dumps(found))


def _counted(reference: Reference, pixels: np.ndarray, probabilities: np.ndarray) -> Sequence[Row]:
    observed = Observed(reference, window_seconds=WINDOW_SECONDS)
    pairs = zip(pixels.tolist(), probabilities.tolist(), strict=True)
    return [(observed.asked({"pixels": row}), observed.answered({"probabilities": answer})) for row, answer in pairs]


def _window(reference: Reference, rows: Sequence[Row], chosen: np.ndarray) -> float:
    observed = Observed(reference, window_seconds=WINDOW_SECONDS)
    for number in chosen:
        asked, answered = rows[int(number)]
        observed.count(asked, answered, 0)
    return max(each.index for each in observed.compared(0))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
