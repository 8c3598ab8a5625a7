"""The distribution of the training data and of the confidence, as a reference to detect drift."""

from typing import Any

import numpy as np

from digits_model.data import BRIGHTEST, CLASSES, Split

_EDGES = np.linspace(0, BRIGHTEST, 9)
_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75)


def reference_distribution(train: Split, test_probabilities: np.ndarray) -> dict[str, Any]:
    """The content of `reference_distribution.json`.

    `inputs.pixels.counts` is [64][8]: for each pixel, the number of training digits between two `edges`, of which the
    last one is included. `classes.priors` is by label in the training split. `confidence.quantiles` are those of the
    highest probability on the held-out digits, because a model is more confident on its training data.
    """
    counts = [np.histogram(column, _EDGES)[0].tolist() for column in train.pixels.T]
    priors = np.bincount(train.labels, minlength=CLASSES) / len(train.labels)
    quantiles = np.quantile(test_probabilities.max(axis=1), _QUANTILES)
    return {
        "schema": 1,
        "inputs": {"pixels": {"edges": _EDGES.tolist(), "counts": counts}},
        "classes": {"priors": priors.tolist()},
        "confidence": {"quantiles": dict(zip(map(str, _QUANTILES), quantiles.tolist(), strict=True))},
    }
