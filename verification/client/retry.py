"""Which calls are retried, and when.

A prediction has no side effects, so it is safe to retry where the server was unreachable or overloaded. A rejected
request would be rejected again, and a passed deadline is final.
"""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from verification.client.deadline import Deadline
from verification.client.errors import UnavailableError

Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class Retry:
    """At most ``attempts`` calls, with exponential backoff and full jitter between them.

    The bound of the waits starts at ``first_seconds`` and doubles up to ``longest_seconds``. Each wait is random
    between zero and its bound, so that clients which failed together do not retry together.
    Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """

    attempts: int = 4
    first_seconds: float = 0.1
    longest_seconds: float = 2.0

    def waits(self) -> Iterator[float]:
        """Seconds to wait before each retry."""
        for attempt in range(self.attempts - 1):
            bound = min(self.longest_seconds, self.first_seconds * 2**attempt)
            yield random.uniform(0, bound)  # noqa: S311 - spreads load, not a secret

    def run(self, call: Callable[[], Result], deadline: Deadline) -> Result:
        """The result of the first call that does not raise :class:`UnavailableError`.

        Raises:
            ServingError: the error of the last call, once there is no attempt or no time left.
        """
        for wait in self.waits():
            try:
                return call()
            except UnavailableError:
                if wait >= deadline.seconds_left:
                    raise
            time.sleep(wait)
        return call()
