"""Evaluation of a model on held-out digits."""

from dataclasses import dataclass

import numpy as np

from digits_model.data import CLASSES

_LEAST_PROBABILITY = 1e-7


@dataclass(frozen=True)
class Evaluation:
    """Metrics: `confusion` is [label][prediction], `recall` is by label, `loss` is the mean cross-entropy in nats."""

    accuracy: float
    loss: float
    recall: list[float]
    confusion: list[list[int]]


def evaluation(probabilities: np.ndarray, labels: np.ndarray) -> Evaluation:
    """The metrics of `probabilities` float [n, 10] given `labels` int [n], in which every class must occur."""
    confusion = np.zeros((CLASSES, CLASSES), np.int64)
    np.add.at(confusion, (labels, probabilities.argmax(axis=1)), 1)
    hits = np.diag(confusion)
    of_the_label = probabilities[np.arange(len(labels)), labels]
    return Evaluation(
        accuracy=float(hits.sum() / len(labels)),
        loss=float(-np.log(np.maximum(of_the_label, _LEAST_PROBABILITY)).mean()),
        recall=(hits / confusion.sum(axis=1)).tolist(),
        confusion=confusion.tolist(),
    )
