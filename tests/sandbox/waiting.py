"""Waiting for what upstream controllers do, which has no bound of its own."""

import time
from collections.abc import Callable

LIMIT_SECONDS = 90


def soon(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"not so after {LIMIT_SECONDS} s: {what}"
        time.sleep(0.2)
