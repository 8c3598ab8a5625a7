"""What was observed in the window, beside the reference."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, repeat

from drift_sampler.bins import Classes, finite, is_missing
from drift_sampler.errors import UnreadableError
from drift_sampler.reference import Distribution, Reference
from drift_sampler.stability import stability_index
from drift_sampler.window import Window

Values = Mapping[str, Sequence[object]]
"""The values of one row by input or output, in one sequence each."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A distribution, what was counted of it in the window, and how far that is from the reference."""

    reference: Distribution
    counts: Sequence[int]
    index: float


class Observed:
    """The distributions of a version over a sliding window: bins, and none of the values."""

    def __init__(self, reference: Reference, *, window_seconds: float) -> None:
        self._reference = reference
        sizes = [len(each.counts) for each in reference.all]
        self._starts = list(accumulate(sizes, initial=0))
        self._window = Window(counters=self._starts[-1] + 1, seconds=window_seconds)
        lasts = [start - 1 for start in self._starts[1:]]
        self._missing = dict.fromkeys(lasts, 0)
        self.rows = 0
        """The rows that were read since the start, also those that the model refuses."""

    def asked(self, inputs: Values) -> Sequence[int]:
        """The counters of what one row asks, for :meth:`count`.

        Raises:
            UnreadableError: it has not the shape of the reference.
        """
        return self._counters(0, self._inputs(inputs))

    def answered(self, outputs: Values) -> Sequence[int]:
        """The counters of what one row is answered, for :meth:`count`.

        Raises:
            UnreadableError: it has not the shape of the reference.
        """
        return self._counters(self._reference.values, self._predicted(outputs))

    def count_missing(self, rows: Iterable[Sequence[int]]) -> None:
        """Count the missing values of what rows ask or are answered, by their counters."""
        for counters in rows:
            for missing in self._missing.keys() & counters:
                self._missing[missing] += 1

    @property
    def missing(self) -> Sequence[tuple[Distribution, int]]:
        """Every distribution with its missing values since the start."""
        return list(zip(self._reference.all, self._missing.values(), strict=True))

    def count(self, asked: Sequence[int], answered: Sequence[int], now: float) -> None:
        """Count one row, by its counters."""
        self._window.add([*asked, *answered, self._starts[-1]], now)

    def samples(self, now: float) -> int:
        """The rows in the window."""
        return self._window.totals(now)[-1]

    def compared(self, now: float) -> Iterator[Comparison]:
        """Every distribution, in the order of the reference."""
        totals = self._window.totals(now)
        for start, each in zip(self._starts, self._reference.all, strict=False):
            counts = totals[start : start + len(each.counts)]
            yield Comparison(reference=each, counts=counts, index=stability_index(each.counts, counts))

    def _counters(self, first: int, values: Iterable[object]) -> Sequence[int]:
        """Those of values, of which the first is of the distribution with that number. Thousands of rows may wait."""
        places = zip(self._starts[first:], self._reference.all[first:], values, strict=False)
        return array("q", (start + each.bins.position(value) for start, each, value in places))

    def _inputs(self, inputs: Values) -> Iterator[object]:
        if len(self._reference.inputs) > 1 and self._reference.inputs.keys().isdisjoint(inputs):
            raise UnreadableError("all inputs of the reference are missing")
        for name, features in self._reference.inputs.items():
            values = _named(inputs, name) if len(self._reference.inputs) == 1 else inputs.get(name, (None,))
            if len(values) == 1 and values[0] is None:
                yield from repeat(None, len(features))
                continue
            if len(values) != len(features):
                raise UnreadableError(f"an input has {len(values)} values, the reference {len(features)}")
            yield from values

    def _predicted(self, outputs: Values) -> Iterator[object]:
        """The class that is most likely and how likely it is, if each has a number; or the number that is predicted."""
        values = _named(outputs, self._reference.output)
        confidence, bins = self._reference.confidence, self._reference.prediction.bins
        if len(values) == 1:
            if confidence:
                raise UnreadableError("a prediction says nothing of its confidence")
            yield values[0]
            return
        if not isinstance(bins, Classes) or len(values) != bins.count:
            raise UnreadableError("a prediction has not one number for each class")
        if any(map(is_missing, values)):
            yield from (None, None)
            return
        numbers = [finite(value) for value in values]
        likely = max(range(len(numbers)), key=numbers.__getitem__)
        yield likely
        if confidence:
            # Rounding in 32 bits exceeds 1 by a little.
            yield min(numbers[likely], 1.0)


def _named(values: Values, name: str) -> Sequence[object]:
    """The values of that name; where a protocol names nothing, those that are there are meant."""
    if name in values:
        return values[name]
    if list(values) == [""]:
        return values[""]
    raise UnreadableError("an input or output of the reference is missing")
