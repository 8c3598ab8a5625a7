"""What is said while Pulumi works: each change that it has made, and after a silence what takes so long."""

import itertools
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pulumi.automation.events import DiagnosticEvent, EngineEvent, OpType

from inferencectl.changes import Action, Change
from inferencectl.pulumi.plain_text import plain

# Where a plug-in is found is no finding about the stack.
_NO_FINDING = re.compile(r"using \S+ from \$PATH at ")

Say = Callable[[str], None]

_SILENCES_SECONDS = (2.0, 10.0, 30.0)
"""How long it is silent before the first remark, the second, and each later one."""
_QUIET = (OpType.SAME, OpType.REFRESH, OpType.READ)


@dataclass
class Narration:
    """Reports one operation, named by what it is `doing`, to `say`; a context within which it is Pulumi's turn.

    Both Pulumi's thread and one of its own call `say`, one at a time.
    """

    say: Say
    doing: str
    _seen: set[str] = field(default_factory=set)
    _in_work: dict[str, float] = field(default_factory=dict)
    _status: dict[str, str] = field(default_factory=dict)
    _warned: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)
    _silent_since: float = field(default_factory=time.monotonic)
    _thread: threading.Thread | None = None

    def __enter__(self) -> "Narration":
        self._silent_since = time.monotonic()
        self._thread = threading.Thread(target=self._break_silence, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        if self._thread:
            self._thread.join()

    def take(self, event: EngineEvent, change: Change | None) -> None:
        """Take note of an event, which has carried out `change`, or None."""
        with self._lock:
            if event.resource_pre_event:
                step = event.resource_pre_event.metadata
                self._seen.add(step.urn)
                if step.op not in _QUIET:
                    self._in_work[step.urn] = time.monotonic()
            ended = event.res_outputs_event or event.res_op_failed_event
            if ended:
                self._in_work.pop(ended.metadata.urn, None)
            if event.diagnostic_event:
                self._take_message(event.diagnostic_event)
            if change and change.action is not Action.UNCHANGED:
                self._say(str(change))

    def _take_message(self, told: DiagnosticEvent) -> None:
        message = plain(told.message)
        if told.severity == "warning" and message not in self._warned and not _NO_FINDING.match(message):
            self._warned.add(message)
            self._say(f"{_name(told.urn)}: {message}" if told.urn else message)
        elif told.urn and told.severity.startswith("info"):
            self._status[told.urn] = message

    def _say(self, line: str) -> None:
        self._silent_since = time.monotonic()
        self.say(line)

    def _break_silence(self) -> None:
        bounds = itertools.chain(_SILENCES_SECONDS, itertools.repeat(_SILENCES_SECONDS[-1]))
        bound = next(bounds)
        while not self._ended.wait(max(0.0, self._silent_since + bound - time.monotonic())):
            with self._lock:
                if time.monotonic() >= self._silent_since + bound:
                    self._say(self._situation())
                    bound = next(bounds)

    def _situation(self) -> str:
        urn = min(self._in_work, key=self._in_work.__getitem__, default=None)
        if urn is None:
            return f"pulumi is {self.doing}: {len(self._seen)} resources so far"
        seconds = time.monotonic() - self._in_work[urn]
        status = f": {self._status[urn]}" if self._status.get(urn) else ""
        others = f" (and {len(self._in_work) - 1} more)" if len(self._in_work) > 1 else ""
        return f"waiting for {_name(urn)}{status}{others}, for {seconds:.0f} s"


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]
