"""A load that is running: its results are read as they come, and reported for any stretch of time."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from inferencectl.load.report import Report, report_of
from inferencectl.load.result import Result, parse
from inferencectl.load.row import Row, rows_of
from inferencectl.load.timeline import Timeline
from inferencectl.workspace.errors import SandboxError

_NOTES = 20
_SETTLE_SECONDS = 60.0
_POLL_SECONDS = 0.05


class RunningLoad:
    """Reads the lines of k6's output in a thread of its own.

    ``timeout_seconds`` is the time limit of a request. Times are in seconds since 1970, as everywhere in a load.
    """

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._timeline = Timeline()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._notes: deque[str] = deque(maxlen=_NOTES)

    @contextmanager
    def reading(self, lines: Iterable[str], stop: Callable[[], None]) -> Iterator[None]:
        """Read until the context ends; ``stop`` then makes ``lines`` end soon, with k6's totals as the last one."""
        thread = threading.Thread(target=self._read, args=(lines,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop()
            thread.join(_SETTLE_SECONDS)

    @property
    def notes(self) -> str:
        """What k6 said besides the results, a few lines at most."""
        with self._lock:
            return "\n".join(self._notes)

    def begin(self) -> float:
        """Wait for the first answer over every protocol; returns when that was.

        Raises:
            SandboxError: k6 ended, or there is no answer within a minute.
        """
        self._await(lambda: bool(self._timeline.protocols) and not self._silent(), "got no answer")
        return time.time()

    def wait(self) -> None:
        """Wait until k6 has ended by itself."""
        self._ended.wait()

    def report(self, begin: float = 0.0, end: float | None = None) -> Report:
        """What became of the requests that started from ``begin`` to ``end`` (without it: now), each given its time.

        Raises:
            SandboxError: results that should have come are not read within a minute.
        """
        until = int(time.time() if end is None else end) + 1 + self._timeout_seconds
        self._await(lambda: self._timeline.last_started >= until, "reports nothing more")
        with self._lock:
            return report_of(self._timeline, begin, until - 1 - self._timeout_seconds)

    def whole_report(self) -> Report:
        """What became of all requests, once the context of the load has ended.

        Raises:
            SandboxError: k6's own count is missing, so results may be missing as well.
        """
        if not self._timeline.totals:
            raise SandboxError("k6 ended without its totals", self.notes or "it said nothing")
        return report_of(self._timeline)

    def rows(self, begin: float = 0.0) -> Sequence[Row]:
        """What is known of every second from ``begin`` on, as far as all of its requests have ended."""
        with self._lock:
            return rows_of(self._timeline, begin, self._timeline.last_started - self._timeout_seconds - 1)

    def _read(self, lines: Iterable[str]) -> None:
        try:
            for line in lines:
                with self._lock:
                    self._take(line)
        finally:
            self._ended.set()

    def _take(self, line: str) -> None:
        match parse(line):
            case None:
                self._notes.append(line.rstrip())
            case Result() as result:
                self._timeline.add(result)
            case totals:
                self._timeline.end(totals)

    def _silent(self) -> bool:
        return any(not each.answered for each in report_of(self._timeline).protocols.values())

    def _await(self, is_true: Callable[[], bool], failure: str) -> None:
        deadline = time.monotonic() + _SETTLE_SECONDS
        while True:
            with self._lock:
                if is_true():
                    return
            if self._ended.is_set() or time.monotonic() > deadline:
                raise SandboxError(f"the load {failure}", self.notes or "k6 said nothing")
            time.sleep(_POLL_SECONDS)
