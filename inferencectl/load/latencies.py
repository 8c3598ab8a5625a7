"""The distribution of latencies, in memory that does not grow with their number."""

import math
from collections import Counter
from collections.abc import Iterable

_STEP = math.log(1.02)
_LEAST_SECONDS = 1e-6


class Latencies:
    """Counts latencies in steps of 2 %, so that a quantile is at most 1 % off."""

    def __init__(self, seconds: Iterable[float] = ()) -> None:
        self._counts: Counter[int] = Counter()
        for each in seconds:
            self.add(each)

    def __len__(self) -> int:
        return self._counts.total()

    def add(self, seconds: float) -> None:
        """Count a latency."""
        self._counts[round(math.log(max(seconds, _LEAST_SECONDS)) / _STEP)] += 1

    def merge(self, other: "Latencies") -> None:
        """Count all latencies of another distribution as well."""
        self._counts.update(other._counts)

    def quantile(self, share: float) -> float | None:
        """The latency in seconds that ``share`` of the requests, from 0 to 1, do not exceed; None without any."""
        rank, passed = math.ceil(share * len(self)), 0
        for step in sorted(self._counts):
            passed += self._counts[step]
            if passed >= rank:
                return math.exp(step * _STEP)
        return None
