"""Counts over the last so many seconds, in memory that does not grow."""

from array import array
from collections.abc import Sequence

SLICES = 12
"""Parts of the window that are forgotten one at a time: it is between 11 and 12 parts long."""


class Window:
    """Counters that forget. Time is what the caller says it is, in seconds, and never goes back."""

    def __init__(self, *, counters: int, seconds: float) -> None:
        self._seconds = seconds / SLICES
        self._empty = array("q", bytes(8 * counters))
        self._slices = [self._empty[:] for _ in range(SLICES)]
        self._totals = self._empty[:]
        self._newest = 0

    def add(self, counters: Sequence[int], now: float) -> None:
        """Count one for each of ``counters``, which may repeat."""
        self._forget(now)
        newest, totals = self._slices[self._newest % SLICES], self._totals
        for counter in counters:
            newest[counter] += 1
            totals[counter] += 1

    def totals(self, now: float) -> Sequence[int]:
        """What was counted in the window, by counter."""
        self._forget(now)
        return self._totals

    def _forget(self, now: float) -> None:
        current = int(now / self._seconds)
        for number in range(max(self._newest + 1, current - SLICES + 1), current + 1):
            oldest = self._slices[number % SLICES]
            if any(oldest):
                self._totals = array("q", (total - old for total, old in zip(self._totals, oldest, strict=True)))
                self._slices[number % SLICES] = self._empty[:]
        self._newest = max(self._newest, current)
