"""The timeline on a terminal: what was done, between the seconds of the load."""

from collections import deque
from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape

from inferencectl.load.row import Row, line

_QUIET_SECONDS = 5


class Screen:
    """Prints to `console`, which omits colours unless it is a terminal; times are in seconds since 1970.

    Of seconds that are like the one before, only every fifth is printed. A second is known some seconds after it has
    passed, so what was done is printed when its turn comes.
    """

    def __init__(self, console: Console, beginning: float) -> None:
        self._console, self._beginning = console, beginning
        self._events: deque[tuple[float, str]] = deque()
        self._last: Row | None = None
        self._seen = 0

    def event(self, at: float, text: str) -> None:
        """Take note of something that was done or that happened."""
        self._events.append((at, text))

    def show(self, rows: Iterable[Row]) -> None:
        """Print the seconds that are new, each after what happened before it."""
        for row in rows:
            if row.at <= self._seen:
                continue
            self._seen = row.at
            if self._print_events(row.at) or self._last is None or _is_new(row, self._last):
                self._last = row
                self._console.print(line(row, self._beginning), highlight=False)

    def finish(self) -> None:
        """Print what has not had its turn yet."""
        self._print_events(float("inf"))

    def _print_events(self, until: float) -> bool:
        is_any = False
        while self._events and self._events[0][0] <= until:
            _, text = self._events.popleft()
            self._console.print(f"[bold]{escape(text)}[/bold]", highlight=False)
            is_any = True
        return is_any


def _is_new(row: Row, last: Row) -> bool:
    return bool(row.lost) or row.versions.keys() != last.versions.keys() or row.at - last.at >= _QUIET_SECONDS
