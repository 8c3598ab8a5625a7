"""Runs functions in a forked process."""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

CRASHED = 101
"""The exit code where the work raised."""


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
    code = CRASHED
    try:
        os.setsid()
        write_to(log)
        code = work()
    except BaseException:  # noqa: BLE001 - nothing may return to the code that was forked
        os.write(2, traceback.format_exc().encode())
    finally:
        sys.stdout.flush()
        os._exit(code)
