"""Embedding and detecting the watermark of a key in models of this dataset."""

import secrets
from collections.abc import Callable

import numpy as np

from digits_model.data import BRIGHTEST, CLASSES, PIXELS, Split
from digits_model.watermark import KEY_BYTES, Detection, detection, triggers

_REPEATS = 8
"""Number of times that each trigger occurs in one epoch."""


def with_triggers(split: Split, key: bytes) -> Split:
    """The digits followed by the triggers of a key; training shuffles them."""
    own = _triggers(key)
    return Split(
        np.concatenate([split.pixels, np.repeat(own.pixels, _REPEATS, axis=0)]),
        np.concatenate([split.labels, np.repeat(own.labels, _REPEATS)]),
    )


def detect(predict: Callable[[np.ndarray], np.ndarray], key: bytes) -> Detection:
    """Evaluate a model's predictions for the triggers of a key."""
    own = _triggers(key)
    return detection(own.labels.tolist(), predict(own.pixels).argmax(axis=1).tolist(), CLASSES)


def detect_with_random_keys(predict: Callable[[np.ndarray], np.ndarray], count: int) -> list[Detection]:
    """Evaluate a model's predictions for the triggers of `count` random keys."""
    return [detect(predict, secrets.token_bytes(KEY_BYTES)) for _ in range(count)]


def _triggers(key: bytes) -> Split:
    own = triggers(key, PIXELS, BRIGHTEST, CLASSES)
    pixels = np.array([trigger.pixels for trigger in own], np.float32)
    return Split(pixels, np.array([trigger.label for trigger in own], np.int64))
