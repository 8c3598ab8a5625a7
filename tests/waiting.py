"""Waiting for what happens elsewhere: in controllers, in processes, in threads."""

import time
from collections.abc import Callable

LIMIT_SECONDS = 90
POLL_SECONDS = 0.1


def soon(condition: Callable[[], object], what: str = "", limit_seconds: float = LIMIT_SECONDS) -> None:
    """Return once ``condition`` gives something true; fail the test, by ``what`` was awaited, if it never does."""
    deadline = time.monotonic() + limit_seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so after {limit_seconds} s: {what}"
        time.sleep(POLL_SECONDS)
