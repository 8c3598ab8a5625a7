"""One second of a load, over all protocols, as a line of a terminal shows it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.markup import escape

from inferencectl.load.latencies import Latencies
from inferencectl.load.timeline import Second, Timeline

_MARKS = 20
_COLOURS = ("green", "cyan", "magenta", "blue", "yellow")
_LOST, _UNKNOWN = "✗", "·"


@dataclass(frozen=True, kw_only=True)
class Row:
    """The requests that started in the second ``at`` (since 1970); the quantiles in seconds, None without answers."""

    at: int
    sent: int
    lost: int
    p50: float | None
    p99: float | None
    versions: Mapping[str, int]


def rows_of(timeline: Timeline, begin: float, end: float) -> Sequence[Row]:
    """Every second from ``begin`` to ``end`` in which a request started."""
    by_time: dict[int, list[Second]] = {}
    for protocol in timeline.protocols:
        for at, second in timeline.between(protocol, begin, end):
            by_time.setdefault(at, []).append(second)
    return [_row(at, seconds) for at, seconds in sorted(by_time.items()) if any(each.sent for each in seconds)]


def line(row: Row, beginning: float) -> str:
    """A line for the terminal: the time since ``beginning``, and a strip that has a mark for a share of the requests.

    The mark is the last digit of the version that answered, a dot where the answer names none, or a cross for lost
    requests, of which the smallest number is seen. It is readable without colours.
    """
    clock = f"{int(row.at - beginning) // 60}:{int(row.at - beginning) % 60:02}"
    lost = f"[bold red]{row.lost:>3} lost[/bold red]" if row.lost else f"{row.lost:>3} lost"
    return f"{clock:>6}  {_strip(row)}  {row.sent:>4} sent {lost}  p50 {_written(row.p50)}  p99 {_written(row.p99)}"


def _row(at: int, seconds: Sequence[Second]) -> Row:
    latencies, versions = Latencies(), Counter[str]()
    for second in seconds:
        latencies.merge(second.latencies)
        versions.update(second.versions)
    return Row(
        at=at,
        sent=sum(second.sent for second in seconds),
        lost=sum(second.lost for second in seconds),
        p50=latencies.quantile(0.5),
        p99=latencies.quantile(0.99),
        versions=dict(sorted(versions.items())),
    )


def _strip(row: Row) -> str:
    """As many marks as ``_MARKS``: at least one for everything that happened."""
    counts = {version: count for version, count in row.versions.items() if count}
    counts |= {_LOST: row.lost} if row.lost else {}
    marks = {each: max(1, round(_MARKS * count / max(1, row.sent))) for each, count in counts.items()}
    while sum(marks.values()) > _MARKS:
        marks[max(marks, key=lambda each: marks[each])] -= 1
    strip = "".join(f"[{_colour(each)}]{_mark(each) * count}[/]" for each, count in marks.items())
    return strip + " " * (_MARKS - sum(marks.values()))


def _mark(version: str) -> str:
    return version if version == _LOST else escape(version[-1:]) or _UNKNOWN


def _colour(version: str) -> str:
    if version == _LOST:
        return "bold red"
    return _COLOURS[int(version) % len(_COLOURS)] if version.isdecimal() else "white"


def _written(seconds: float | None) -> str:
    return f"{seconds * 1000:5.1f} ms" if seconds is not None else "       -"
