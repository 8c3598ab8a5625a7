"""What became of the requests of a load, or of a part of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from inferencectl.load.latencies import Latencies
from inferencectl.load.result import Protocol, Result
from inferencectl.load.timeline import Second, Timeline


@dataclass(frozen=True, kw_only=True)
class ProtocolReport:
    """The requests of one protocol that started from ``begin`` to ``end``, in seconds since 1970.

    ``dropped`` could not be started on schedule, and ``unreported`` started and have no result: both are lost too. All
    of k6's dropped requests count, whenever they were due. ``longest_gap`` is the longest time in seconds without an
    answer. The quantiles are in seconds, of answered requests, and None without any. ``versions`` counts the answers by
    the version that they name.
    """

    begin: float
    end: float
    sent: int
    failed: int
    dropped: int
    unreported: int
    longest_gap: float
    p50: float | None
    p99: float | None
    versions: Mapping[str, int] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        """The requests that got no prediction."""
        return self.failed + self.dropped + self.unreported

    @property
    def answered(self) -> int:
        """The requests that got a prediction."""
        return sum(self.versions.values())


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of a load's requests, by protocol; ``examples`` are some that were lost."""

    protocols: Mapping[Protocol, ProtocolReport]
    examples: Sequence[Result] = ()

    @property
    def lost(self) -> int:
        """The requests of all protocols that got no prediction."""
        return sum(each.lost for each in self.protocols.values())

    @property
    def sent(self) -> int:
        """The requests of all protocols."""
        return sum(each.sent for each in self.protocols.values())

    @property
    def longest_gap(self) -> float:
        """The longest time in seconds in which one of the protocols had no answer."""
        return max((each.longest_gap for each in self.protocols.values()), default=0.0)

    @property
    def versions(self) -> frozenset[str]:
        """The versions that answered, as far as answers name them."""
        return frozenset(version for each in self.protocols.values() for version in each.versions if version)


def report_of(timeline: Timeline, begin: float = 0.0, end: float | None = None) -> Report:
    """What became of the requests that started from the second of ``begin`` to that of ``end``.

    Without times, of all requests so far. Those that are under way count as unreported.
    """
    begin, end = max(begin, timeline.first_started), timeline.latest if end is None else end
    inside = tuple(each for each in timeline.examples if int(begin) <= each.started < int(end) + 1)
    protocols = {each: _protocol_report(timeline, each, begin, end) for each in timeline.protocols}
    return Report(protocols=protocols, examples=inside)


def _protocol_report(timeline: Timeline, protocol: Protocol, begin: float, end: float) -> ProtocolReport:
    seconds = [second for _, second in timeline.between(protocol, begin, end)]
    latencies, versions = Latencies(), Counter[str]()
    for second in seconds:
        latencies.merge(second.latencies)
        versions.update(second.versions)
    total = timeline.totals.get(protocol)
    without_result = timeline.missing(protocol, max((second.highest for second in seconds), default=0))
    return ProtocolReport(
        begin=begin,
        end=end,
        sent=sum(second.sent for second in seconds) + without_result,
        failed=sum(second.lost for second in seconds),
        dropped=total.dropped if total else 0,
        unreported=without_result + timeline.unread(protocol),
        longest_gap=_longest_gap(seconds, begin, end),
        p50=latencies.quantile(0.5),
        p99=latencies.quantile(0.99),
        versions=dict(sorted(versions.items())),
    )


def _longest_gap(seconds: Iterable[Second], begin: float, end: float) -> float:
    longest, last = 0.0, begin
    for second in seconds:
        if second.first_answer is not None and second.last_answer is not None:
            longest = max(longest, second.first_answer - last, second.longest_pause)
            last = second.last_answer
    return max(longest, end - last)
