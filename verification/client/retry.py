"""Which requests are made again, and when.

A prediction changes nothing on its server, so one that met no server, or one without room, is safe to repeat. What the
server has refused would be refused again, and a deadline that has passed is the caller's to renew.
"""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from verification.client.deadline import Deadline
from verification.client.errors import UnavailableError

Answer = TypeVar("Answer")


@dataclass(frozen=True, kw_only=True)
class Retry:
    """At most ``attempts`` calls; before each but the first a random wait, whose bound doubles up to ``longest``.

    The waits are random from zero on, so that clients which failed together do not come back together. Times are in
    seconds. Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ ("full jitter")
    """

    attempts: int = 4
    first: float = 0.1
    longest: float = 2.0

    def waits(self) -> Iterator[float]:
        """The seconds to wait before each further attempt."""
        for attempt in range(self.attempts - 1):
            yield random.uniform(0, min(self.longest, self.first * 2**attempt))  # noqa: S311 - spreads load, no secret

    def run(self, call: Callable[[], Answer], deadline: Deadline) -> Answer:
        """Call until there is an answer, an error that is no :class:`UnavailableError`, or no attempt or time left.

        Raises:
            ServingError: of the last call.
        """
        for wait in self.waits():
            try:
                return call()
            except UnavailableError:
                if wait >= deadline.seconds_left:
                    raise
            time.sleep(wait)
        return call()
