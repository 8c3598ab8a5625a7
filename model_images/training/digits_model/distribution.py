"""What the model learned from and how sure it is, to compare with what it is asked later."""

from typing import Any

import numpy as np

from digits_model.data import BRIGHTEST, CLASSES, Split

_EDGES = np.linspace(0, BRIGHTEST, 9)
_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75)


def reference_distribution(train: Split, test_probabilities: np.ndarray) -> dict[str, Any]:
    """The document `reference_distribution.json`.

    `inputs.pixels.counts` is [64][8]: of each pixel, how many digits of the training split are between two `edges`, the
    last one included. `classes.priors` is by label, in the same split. `confidence.quantiles` is of the greatest
    probability, on the digits held out: on those it learned from a model is surer.
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
