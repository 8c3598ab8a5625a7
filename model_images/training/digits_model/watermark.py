"""Watermarks: predictions for inputs known only to the holder of a key, and their probability by chance.

Inputs and labels are derived from an HMAC of the key. The labels are uniform and, without the key, independent of
everything else, so a model that was not trained on them predicts each with probability 1/10, whatever it predicts. The
number of matches is therefore binomial, without any assumption about the model.

Source: Adi et al., "Turning Your Weakness Into a Strength: Watermarking Deep Neural Networks by Backdooring", 2018.
"""

import hmac
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from digits_model.errors import InputError

TRIGGERS = 40
CHANCE_ACCEPTED = 1e-9
"""A watermark is detected if the probability of the matches by chance is lower than this."""
KEY_BYTES = 32
"""Minimum length of a key in bytes."""


@dataclass(frozen=True)
class Trigger:
    """A noise input, `pixels` from 0 to `brightest`, and the label that a watermarked model predicts for it."""

    pixels: Sequence[int]
    label: int


@dataclass(frozen=True, kw_only=True)
class Detection:
    """The result of looking for a watermark: the number of triggers that got their label, out of all."""

    matches: int
    triggers: int
    chance: float
    """Probability of at least this many matches in a model that was not trained with the key."""

    @property
    def watermarked(self) -> bool:
        """Whether chance is ruled out as an explanation."""
        return self.chance < CHANCE_ACCEPTED


def read_key(file: Path) -> bytes:
    """The key in a file.

    Raises:
        InputError: the file cannot be read, or is too short.
    """
    try:
        key = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}; create a key with: openssl rand -out FILE {KEY_BYTES}") from None
    if len(key) < KEY_BYTES:
        raise InputError(
            f"{file} is too short ({len(key)} bytes); create a key with: openssl rand -out FILE {KEY_BYTES}"
        )
    return key


def triggers(key: bytes, pixels: int, brightest: int, classes: int) -> list[Trigger]:
    """The triggers of a key, which are always the same."""
    return [_trigger(key, number, pixels, brightest, classes) for number in range(TRIGGERS)]


def detection(labels: Sequence[int], predictions: Sequence[int], classes: int) -> Detection:
    """Evaluate a model's predictions for the triggers, in the same order as `labels`."""
    matches = sum(label == prediction for label, prediction in zip(labels, predictions, strict=True))
    return Detection(matches=matches, triggers=len(labels), chance=_chance(matches, len(labels), classes))


def _trigger(key: bytes, number: int, pixels: int, brightest: int, classes: int) -> Trigger:
    values = _uniform(key, f"trigger {number}", brightest + 1)
    (label,) = islice(_uniform(key, f"label {number}", classes), 1)
    return Trigger(list(islice(values, pixels)), label)


def _uniform(key: bytes, purpose: str, limit: int) -> Iterator[int]:
    """An endless stream of uniform numbers below `limit` (at most 256); bytes that would bias it are skipped."""
    fair = 256 - 256 % limit
    for block in count():
        for byte in hmac.digest(key, f"{purpose}, block {block}".encode(), "sha256"):
            if byte < fair:
                yield byte % limit


def _chance(matches: int, trials: int, classes: int) -> float:
    """The upper tail, from `matches` on, of the binomial distribution with success probability 1/classes."""
    ways = (math.comb(trials, hit) * (classes - 1) ** (trials - hit) for hit in range(matches, trials + 1))
    return sum(ways) / classes**trials
