"""What is left of the time that a request may take."""

import asyncio

from graph_router.errors import Outcome, RoutingError

TIMEOUT_HEADER = "Inference-Timeout-Milliseconds"
"""In a request, what its sender waits for an answer; to a model, what is left."""


class Deadline:
    """A moment of the event loop's clock."""

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._at = self._loop.time() + seconds

    def left(self) -> float:
        """Seconds, more than 0.

        Raises:
            RoutingError: there are none.
        """
        left = self._at - self._loop.time()
        if left <= 0:
            raise budget_spent()
        return left


def budget_spent() -> RoutingError:
    """There is no time left."""
    return RoutingError(Outcome.BUDGET_SPENT, "the time for the whole graph is over")
