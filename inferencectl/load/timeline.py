"""Everything that a load has seen so far, second by second."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from inferencectl.load.latencies import Latencies
from inferencectl.load.result import Protocol, Result, Totals

_EXAMPLES = 20


@dataclass(kw_only=True)
class Second:
    """The requests of one protocol that started within one second.

    The times are those at which answers came back in this second, to whichever requests: the first, the last, and the
    longest time between two of them.
    """

    sent: int = 0
    lost: int = 0
    highest: int = -1
    versions: Counter[str] = field(default_factory=Counter)
    latencies: Latencies = field(default_factory=Latencies)
    first_answer: float | None = None
    last_answer: float | None = None
    longest_pause: float = 0.0

    @property
    def answered(self) -> int:
        """The requests that were answered."""
        return self.sent - self.lost


class Timeline:
    """Counts results as they come; its memory grows with the seconds of the load, not with its requests."""

    def __init__(self) -> None:
        self.totals: Totals = {}
        self.examples: list[Result] = []
        """The first lost requests, for messages."""
        self._seconds: dict[Protocol, dict[int, Second]] = {}
        self._first = 0.0
        self._latest: dict[Protocol, float] = {}
        self._counts: Counter[Protocol] = Counter()
        self._missing: dict[Protocol, set[int]] = {}
        self._next: Counter[Protocol] = Counter()

    @property
    def protocols(self) -> Sequence[Protocol]:
        """Those that a result has been seen of."""
        return [each for each in Protocol if each in self._seconds]

    @property
    def first_started(self) -> float:
        """When the first request started; 0 before it has ended."""
        return self._first

    @property
    def latest(self) -> float:
        """When the last of all requests with a result started; 0 before the first result."""
        return max(self._latest.values(), default=0.0)

    @property
    def last_started(self) -> float:
        """Results of requests that started until then have been seen, of every protocol; 0 before the first one."""
        return min(self._latest.values(), default=0.0)

    def add(self, result: Result) -> None:
        """Count a result."""
        protocol = result.protocol
        second = self._second(protocol, result.started)
        second.sent += 1
        second.highest = max(second.highest, result.number)
        if result.is_answered:
            second.versions[result.version] += 1
            second.latencies.add(result.seconds)
            self._note_answer(self._second(protocol, result.ended), result.ended)
        else:
            second.lost += 1
            if len(self.examples) < _EXAMPLES:
                self.examples.append(result)
        self._first = min(self._first or result.started, result.started)
        self._latest[protocol] = max(self._latest.get(protocol, 0.0), result.started)
        self._counts[protocol] += 1
        self._note_number(protocol, result.number)

    def end(self, totals: Totals) -> None:
        """Keep what k6 counted itself."""
        self.totals = totals

    def between(self, protocol: Protocol, begin: float, end: float) -> Iterator[tuple[int, Second]]:
        """The seconds of a protocol in order, each with its time, from that of ``begin`` to that of ``end``."""
        seconds = self._seconds.get(protocol, {})
        return ((at, seconds[at]) for at in sorted(seconds) if int(begin) <= at <= int(end))

    def missing(self, protocol: Protocol, below: int) -> int:
        """How many requests with a number less than ``below`` have started without a result."""
        return sum(number < below for number in self._missing.get(protocol, ()))

    def unread(self, protocol: Protocol) -> int:
        """How many results k6 counted that have not been read here: lines got lost on the way."""
        total = self.totals.get(protocol)
        return max(0, total.ended - self._counts[protocol]) if total else 0

    def _second(self, protocol: Protocol, at: float) -> Second:
        return self._seconds.setdefault(protocol, {}).setdefault(int(at), Second())

    def _note_answer(self, second: Second, at: float) -> None:
        if second.first_answer is None or second.last_answer is None:
            second.first_answer = second.last_answer = at
            return
        # Lines may come a little out of order; that shortens no pause by more than it.
        second.longest_pause = max(second.longest_pause, at - second.last_answer)
        second.first_answer, second.last_answer = min(second.first_answer, at), max(second.last_answer, at)

    def _note_number(self, protocol: Protocol, number: int) -> None:
        missing, following = self._missing.setdefault(protocol, set()), self._next[protocol]
        missing.update(range(following, number))
        missing.discard(number)
        self._next[protocol] = max(following, number + 1)
