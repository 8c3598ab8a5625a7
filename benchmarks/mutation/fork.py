"""Runs functions in a forked process."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path


def in_a_fork(work: Callable[[], int], log: Path, limit_seconds: float) -> int | None:
    """The exit code of ``work`` in a fork of this process with its output in ``log``; None if it timed out."""
    process = os.fork()
    if process == 0:
        _run_and_exit(work, log)
    end = time.monotonic() + limit_seconds
    while time.monotonic() < end:
        finished, status = os.waitpid(process, os.WNOHANG)
        if finished:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return None


def write_to(log: Path) -> None:
    """Redirect this process's output to a file."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)


def _run_and_exit(work: Callable[[], int], log: Path) -> None:
    code = 1
    try:
        os.setsid()
        write_to(log)
        code = work()
        sys.stdout.flush()
    finally:
        os._exit(code)
