"""A watermark: answers to inputs that only the holder of a key can name, and how likely they are by chance.

Inputs and labels are drawn from an HMAC of the key. The labels are uniform and, without the key, independent of
everything, so a model that was not trained on them gets each one right with probability 1/10, whatever it answers: the
number of matches is binomial. No assumption about the model is needed for that.

Source: Adi et al., "Turning Your Weakness Into a Strength: Watermarking Deep Neural Networks by Backdooring", 2018.
"""

import hmac
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice

TRIGGERS = 40
CHANCE_ACCEPTED = 1e-9
"""A watermark is found where so many matches are less likely than this by chance."""
KEY_BYTES = 32
"""What a key has at least."""


@dataclass(frozen=True)
class Trigger:
    """An input of noise, `pixels` of 0 to `brightest`, and the label that a watermarked model gives it."""

    pixels: Sequence[int]
    label: int


@dataclass(frozen=True, kw_only=True)
class Finding:
    """How many triggers got their label, and what follows."""

    matches: int
    triggers: int
    chance: float
    """The probability of at least so many matches in a model that was not trained with the key."""

    @property
    def watermarked(self) -> bool:
        """Whether chance is no explanation."""
        return self.chance < CHANCE_ACCEPTED


def triggers(key: bytes, pixels: int, brightest: int, classes: int) -> list[Trigger]:
    """The triggers of a key: always the same."""
    return [_trigger(key, number, pixels, brightest, classes) for number in range(TRIGGERS)]


def finding(labels: Sequence[int], answers: Sequence[int], classes: int) -> Finding:
    """What a model's answers to the triggers, in their order, say."""
    matches = sum(label == answer for label, answer in zip(labels, answers, strict=True))
    return Finding(matches=matches, triggers=len(labels), chance=_chance(matches, len(labels), classes))


def _trigger(key: bytes, number: int, pixels: int, brightest: int, classes: int) -> Trigger:
    values = _uniform(key, f"trigger {number}", brightest + 1)
    (label,) = islice(_uniform(key, f"label {number}", classes), 1)
    return Trigger(list(islice(values, pixels)), label)


def _uniform(key: bytes, purpose: str, limit: int) -> Iterator[int]:
    """Numbers below `limit`, at most 256, without end. Bytes that would favour the small ones are left out."""
    fair = 256 - 256 % limit
    for block in count():
        for byte in hmac.digest(key, f"{purpose}, block {block}".encode(), "sha256"):
            if byte < fair:
                yield byte % limit


def _chance(matches: int, trials: int, classes: int) -> float:
    """The upper tail of the binomial distribution with success probability 1/classes, from `matches` on."""
    ways = (math.comb(trials, hit) * (classes - 1) ** (trials - hit) for hit in range(matches, trials + 1))
    return sum(ways) / classes**trials
