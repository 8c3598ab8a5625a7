"""Waiting for what happens elsewhere: in controllers, in processes, in threads."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
LIMIT_SECONDS = 90
POLL_SECONDS = 0.1


def soon(condition: Callable[[], Found], what: str = "", limit_seconds: float = LIMIT_SECONDS) -> Found:
    """What ``condition`` gives once it is true; fails the test, by ``what`` was awaited, if it never is."""
    deadline = time.monotonic() + limit_seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not so after {limit_seconds} s: {what}"
        time.sleep(POLL_SECONDS)
    return found
