"""Deadlines of calls."""

import time
from dataclasses import dataclass

from verification.client.errors import DeadlineExceededError


@dataclass(frozen=True)
class Deadline:
    """A point of the monotonic clock, in seconds."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """The deadline ``seconds`` from now."""
        return cls(time.monotonic() + seconds)

    @property
    def seconds_left(self) -> float:
        """Seconds until the deadline; negative once it has passed."""
        return self.at - time.monotonic()

    def remaining(self) -> float:
        """Seconds until the deadline, above zero.

        Raises:
            DeadlineExceededError: the deadline has passed.
        """
        left = self.seconds_left
        if left <= 0:
            raise DeadlineExceededError("no response within the deadline")
        return left
