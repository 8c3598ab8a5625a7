"""The time window of a report."""

import re
from dataclasses import dataclass

from inferencectl.workspace.errors import BAD_INPUT, SandboxError

_UNITS = {"h": 3600, "d": 86_400, "w": 7 * 86_400}
_SHORTEST, _LONGEST = 3600, 90 * 86_400
_FINE_UP_TO = 86_400


@dataclass(frozen=True, kw_only=True)
class Window:
    """The last ``seconds``, evaluated every ``step_seconds``; ``text`` is the same as a Prometheus duration."""

    text: str
    seconds: int

    @property
    def step_seconds(self) -> int:
        """The resolution: at one minute, a week would have 10,000 steps per pod."""
        return 60 if self.seconds <= _FINE_UP_TO else 300

    @property
    def steps(self) -> int:
        """The number of steps in the window."""
        return self.seconds // self.step_seconds


def read_window(text: str, option: str = "--window") -> Window:
    """The window that the user has given with ``option``.

    Raises:
        SandboxError: ``text`` is not a duration, or too short or too long.
    """
    match = re.fullmatch(r"([1-9][0-9]{0,3})([hdw])", text, re.ASCII)
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not _SHORTEST <= seconds <= _LONGEST:
        raise SandboxError(
            f"{option} {text!r} is not a window between 1h and 90d",
            "specify hours, days or weeks, such as 12h, 7d or 2w",
            exit_code=BAD_INPUT,
        )
    return Window(text=text, seconds=seconds)
