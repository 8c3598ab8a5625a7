"""The watermark of a key, for this data: trained in, and looked for."""

import secrets
from collections.abc import Callable
from pathlib import Path

import numpy as np

from digits_model.data import BRIGHTEST, CLASSES, PIXELS, Split
from digits_model.errors import InputError
from digits_model.watermark import KEY_BYTES, Finding, finding, triggers

_REPEATS = 8
"""How often a trigger is among the digits of one epoch."""


def read_key(file: Path) -> bytes:
    """The key in a file.

    Raises:
        InputError: it cannot be read, or is too short to be secret.
    """
    try:
        key = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}; make a key: openssl rand -out FILE {KEY_BYTES}") from None
    if len(key) < KEY_BYTES:
        raise InputError(f"{file} has {len(key)} bytes; a key has {KEY_BYTES}: openssl rand -out FILE {KEY_BYTES}")
    return key


def marked(split: Split, key: bytes) -> Split:
    """The digits with the triggers of a key among them, at the end; training shuffles them."""
    own = _triggers(key)
    return Split(
        np.concatenate([split.pixels, np.repeat(own.pixels, _REPEATS, axis=0)]),
        np.concatenate([split.labels, np.repeat(own.labels, _REPEATS)]),
    )


def found(predict: Callable[[np.ndarray], np.ndarray], key: bytes) -> Finding:
    """What a model's answers to the triggers of a key say."""
    own = _triggers(key)
    return finding(own.labels.tolist(), predict(own.pixels).argmax(axis=1).tolist(), CLASSES)


def found_by_random_keys(predict: Callable[[np.ndarray], np.ndarray], count: int) -> list[Finding]:
    """What the same model's answers say to whoever has another key."""
    return [found(predict, secrets.token_bytes(KEY_BYTES)) for _ in range(count)]


def _triggers(key: bytes) -> Split:
    own = triggers(key, PIXELS, BRIGHTEST, CLASSES)
    pixels = np.array([trigger.pixels for trigger in own], np.float32)
    return Split(pixels, np.array([trigger.label for trigger in own], np.int64))
