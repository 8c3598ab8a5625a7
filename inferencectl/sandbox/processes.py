"""Processes that outlive the command that started them, and are found again without relying on a file.

Every process carries the sandbox's directory and its own name in its environment, so the table of running processes
is the only record: no started process is ever lost (not even after `kill -9` of its starter), and a process that
merely reuses a process number is never touched.
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

POLL_SECONDS = 0.02
MARK_SECONDS = 5
_DIRECTORY = "INFERENCE_SANDBOX_DIRECTORY"
_COMPONENT = "INFERENCE_SANDBOX_COMPONENT"
MARKS = (_DIRECTORY, _COMPONENT)
"""The variables by which the sandbox finds its processes; what a process starts has them too, unless it drops them."""


@dataclass(frozen=True, kw_only=True)
class Component:
    """A running part of the sandbox."""

    name: str
    log: Path
    process: psutil.Process

    @property
    def is_running(self) -> bool:
        """Whether the process is running; a zombie is not."""
        try:
            return self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def log_tail(self, lines: int) -> str:
        """The last `lines` lines of its output since it was started."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def start(name: str, command: Sequence[str], directory: Path, variables: Mapping[str, str] | None = None) -> Component:
    """Starts `command` detached, in its own session, with its output appended to `directory/logs/<name>.log`.

    Its environment is minimal, plus `variables`: the caller's proxies and settings must not affect the sandbox.
    """
    log = _log(directory, name)
    if log.exists():
        # Two generations are kept: the log of a crash, and that of the restart.
        log.replace(log.with_suffix(".log.1"))
    environment = {"HOME": str(directory), "PATH": os.defpath, **(variables or {})}
    environment |= {_DIRECTORY: str(directory), _COMPONENT: name}
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), append, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    # posix_spawn, not Popen: Popen insists on waiting for its child. Python ignores SIGPIPE; the child must not.
    pid = os.posix_spawn(
        command[0], list(command), environment, file_actions=files, setsid=True, setsigdef=[signal.SIGPIPE]
    )
    process = psutil.Process(pid)
    _wait_until_marked(process)
    return Component(name=name, log=log, process=process)


def running(directory: Path) -> tuple[Component, ...]:
    """The sandbox's live components."""
    return tuple(component for component in _components(directory) if component.is_running)


def stop(component: Component, timeout_seconds: float) -> None:
    """Stops the component with SIGTERM, and with SIGKILL if it is still running after `timeout_seconds`."""
    for end in (component.process.terminate, component.process.kill):
        # psutil compares the process's creation time first, so a recycled number gets no signal.
        with contextlib.suppress(psutil.NoSuchProcess):
            end()
        deadline = time.monotonic() + timeout_seconds
        while component.is_running and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        if not component.is_running:
            return


def _wait_until_marked(process: psutil.Process) -> None:
    """Waits for the environment by which the process is found; for a moment after its start it has none."""
    deadline = time.monotonic() + MARK_SECONDS
    with contextlib.suppress(psutil.Error):
        while _DIRECTORY not in process.environ() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)


def _components(directory: Path) -> Iterator[Component]:
    for process in psutil.process_iter():
        try:
            environment = process.environ()
        except psutil.Error:
            continue
        if environment.get(_DIRECTORY) == str(directory):
            name = environment[_COMPONENT]
            yield Component(name=name, log=_log(directory, name), process=process)


def _log(directory: Path, name: str) -> Path:
    return directory / "logs" / f"{name}.log"
