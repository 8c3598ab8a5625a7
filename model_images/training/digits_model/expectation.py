"""Predictions of the exported model, to be compared with its predictions in service."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from digits_model.saved_model import PROBABILITIES


def verification(pixels: np.ndarray, outputs: Mapping[str, np.ndarray], tolerance: float) -> dict[str, Any]:
    """The content of `verification.json`: all `outputs`, arrays of n rows, predicted for `pixels` float32 [n, 64].

    A prediction is as expected if no value differs by more than `tolerance`.
    """
    return {
        "schema": 1,
        "signature": PROBABILITIES,
        "inputs": {"pixels": pixels.tolist()},
        "outputs": {name: values.tolist() for name, values in outputs.items()},
        "tolerance": tolerance,
    }
