"""The bins that the values of one feature, or of one output, are counted in."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from drift_sampler.errors import UnreadableError

MISSING = "missing"
"""The last bin of every distribution."""


def is_missing(value: object) -> bool:
    """Whether there is no value: what JSON writes as null, and no number in any protocol."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def finite(value: object) -> float:
    """A value as the number that it is.

    Raises:
        UnreadableError: it is none, or no finite one.
    """
    try:
        if isinstance(value, int | float) and math.isfinite(value):
            return value
    except OverflowError:
        pass
    raise UnreadableError("a value is no finite number")


@dataclass(frozen=True, kw_only=True)
class Bins:
    """Bins between ``edges``, of which the last is included, one on each side for values outside of them, infinite ones
    among these, and one for missing values."""

    edges: Sequence[float]

    def position(self, value: object) -> int:
        """The bin of a value.

        Raises:
            UnreadableError: it is something else than a number.
        """
        if is_missing(value):
            return len(self.edges) + 1
        if not isinstance(value, int | float):
            raise UnreadableError("a value is no number")
        if value == self.edges[-1]:
            return len(self.edges) - 1
        return bisect_right(self.edges, value)

    @cached_property
    def names(self) -> Sequence[str]:
        """What each bin contains, from the lowest to the highest, and `MISSING`."""
        first, *_, last = map(_written, self.edges)
        between = [f"{_written(low)} to {_written(high)}" for low, high in pairwise(self.edges)]
        return [f"below {first}", *between, f"above {last}", MISSING]


@dataclass(frozen=True, kw_only=True)
class Classes:
    """One bin for each class, from 0 on, and one for where no class was predicted."""

    count: int

    def position(self, value: object) -> int:
        """The class itself, if there is one.

        Raises:
            UnreadableError: there is no such class.
        """
        if is_missing(value):
            return self.count
        if not isinstance(value, int) or not 0 <= value < self.count:
            raise UnreadableError("a prediction is none of the classes")
        return value

    @cached_property
    def names(self) -> Sequence[str]:
        """The numbers of the classes, and `MISSING`."""
        return [*map(str, range(self.count)), MISSING]


def _written(edge: float) -> str:
    """An edge as short as it can be told from all others."""
    short = f"{edge:g}"
    return short if float(short) == edge else repr(edge)
