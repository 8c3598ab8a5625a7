"""What became of the copies."""

from collections import Counter
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a copy: ``observed``, or why it was dropped."""

    OBSERVED = "observed"
    NO_REFERENCE = "no-reference"
    QUEUE_FULL = "queue-full"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    NO_PREDICTION = "no-prediction"
    OTHER_VERSION = "other-version"
    NOT_ANSWERED = "not-answered"
    UNREADABLE = "unreadable"


class Tally:
    """Copies by outcome, all of which are there from the start."""

    def __init__(self) -> None:
        self.counts: Counter[Outcome] = Counter(dict.fromkeys(Outcome, 0))

    def count(self, outcome: Outcome) -> None:
        """One copy more."""
        self.counts[outcome] += 1
