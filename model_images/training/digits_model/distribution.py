"""The distribution of the training data and of the confidence, as a reference to detect drift."""

from typing import Any

import numpy as np

from digits_model.data import BRIGHTEST, CLASSES, Split

_EDGES = np.linspace(0, BRIGHTEST, 9)
_CONFIDENCE_EDGES = (0, 0.5, 0.8, 0.9, 0.95, 0.99, 1)
_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75)


def reference_distribution(train: Split, test_probabilities: np.ndarray) -> dict[str, Any]:
    """The content of `reference_distribution.json`.

    `inputs.pixels.counts` is [64][8]: for each pixel, the number of training digits between two `edges`, of which the
    last one is included. `classes.priors` is by label in the training split. `predictions` and `confidence` are of the
    held-out digits, because a model is more confident on its training data: how often each class was the most likely,
    and how often its probability was between two `edges`.
    """
    counts = [np.histogram(column, _EDGES)[0].tolist() for column in train.pixels.T]
    priors = np.bincount(train.labels, minlength=CLASSES) / len(train.labels)
    # Rounding in 32 bits exceeds 1 by a little.
    confidence = np.minimum(test_probabilities.max(axis=1), 1)
    quantiles = np.quantile(confidence, _QUANTILES)
    predicted = np.bincount(test_probabilities.argmax(axis=1), minlength=CLASSES)
    return {
        "schema": 2,
        "inputs": {"pixels": {"edges": _EDGES.tolist(), "counts": counts}},
        "classes": {"priors": priors.tolist()},
        "predictions": {"output": "probabilities", "counts": predicted.tolist()},
        "confidence": {
            "quantiles": dict(zip(map(str, _QUANTILES), quantiles.tolist(), strict=True)),
            "edges": list(_CONFIDENCE_EDGES),
            "counts": np.histogram(confidence, _CONFIDENCE_EDGES)[0].tolist(),
        },
    }
