"""How far back a report looks."""

import re
from dataclasses import dataclass

from inferencectl.workspace.errors import BAD_INPUT, SandboxError

_UNITS = {"h": 3600, "d": 86_400, "w": 7 * 86_400}
_SHORTEST, _LONGEST = 3600, 90 * 86_400
_FINE_UP_TO = 86_400


@dataclass(frozen=True, kw_only=True)
class Window:
    """The last ``seconds``, written ``text`` as Prometheus writes durations, looked at every ``step_seconds``."""

    text: str
    seconds: int

    @property
    def step_seconds(self) -> int:
        """A week of minutes would be 10,000 looks at each pod."""
        return 60 if self.seconds <= _FINE_UP_TO else 300

    @property
    def looks(self) -> int:
        """How often the window is looked at."""
        return self.seconds // self.step_seconds


def read_window(text: str) -> Window:
    """The window that a user wrote.

    Raises:
        SandboxError: it is no duration, or too short or too long.
    """
    match = re.fullmatch(r"([1-9][0-9]{0,3})([hdw])", text, re.ASCII)
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not _SHORTEST <= seconds <= _LONGEST:
        raise SandboxError(
            f"--window {text!r} is no window from 1h to 90d",
            "write hours, days or weeks, such as 12h, 7d or 2w",
            exit_code=BAD_INPUT,
        )
    return Window(text=text, seconds=seconds)
