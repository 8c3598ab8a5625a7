"""What the model answered when it was written, to be compared with what it answers where it is served."""

from typing import Any

import numpy as np

from digits_model.saved_model import PROBABILITIES


def verification(pixels: np.ndarray, probabilities: np.ndarray, tolerance: float) -> dict[str, Any]:
    """The document `verification.json`: `probabilities` float32 [n, 10] are the answers to `pixels` float32 [n, 64].

    An answer is as expected where no number differs by more than `tolerance`.
    """
    return {
        "schema": 1,
        "signature": PROBABILITIES,
        "inputs": {"pixels": pixels.tolist()},
        "outputs": {"probabilities": probabilities.tolist()},
        "tolerance": tolerance,
    }
