"""Processes are found by what they carry, never by a number or a command line."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inferencectl.sandbox import processes

Eventually = Callable[[Callable[[], object]], object]
SLEEP = (sys.executable, "-c", "import time; print('awake', flush=True); time.sleep(300)")
DEAF = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(300)",
)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "logs").mkdir()
    yield tmp_path
    for component in processes.running(tmp_path):
        processes.stop(component, timeout_seconds=0)


def _names(directory: Path) -> list[str]:
    return [component.name for component in processes.running(directory)]


def test_a_started_process_is_found_by_its_directory_only(directory: Path) -> None:
    component = processes.start("sleeper", SLEEP, directory)
    assert [(found.name, found.process.pid) for found in processes.running(directory)] == [
        ("sleeper", component.process.pid)
    ]
    assert _names(directory / "other") == []


def test_a_process_outlives_its_starter(directory: Path) -> None:
    script = "import sys, pathlib; from inferencectl.sandbox import processes"
    script += "; processes.start('sleeper', sys.argv[2:], pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", script, str(directory), *SLEEP], check=True, timeout=60)
    assert _names(directory) == ["sleeper"]
    # A session of its own: closing the terminal does not end it.
    number = processes.running(directory)[0].process.pid
    assert os.getsid(number) == number


def test_a_foreign_process_that_names_the_directory_is_never_found(directory: Path) -> None:
    with subprocess.Popen([*SLEEP, f"--data-dir={directory}"], stdout=subprocess.DEVNULL) as foreign:
        assert _names(directory) == []
        foreign.kill()


def test_a_process_that_has_ended_is_not_running(directory: Path) -> None:
    component = processes.start("sleeper", SLEEP, directory)
    processes.stop(component, timeout_seconds=10)
    assert not component.is_running
    assert _names(directory) == []


def test_a_process_deaf_to_sigterm_is_killed(directory: Path, eventually: Eventually) -> None:
    component = processes.start("deaf", DEAF, directory)
    eventually(lambda: component.log_tail(1) == "deaf")
    processes.stop(component, timeout_seconds=0.5)
    assert not component.is_running


def test_the_log_of_a_restart_starts_empty_and_the_one_before_is_kept(directory: Path, eventually: Eventually) -> None:
    first = processes.start("sleeper", SLEEP, directory)
    eventually(lambda: first.log_tail(1) == "awake")
    processes.stop(first, timeout_seconds=10)
    again = processes.start("sleeper", ("/bin/echo", "again"), directory)
    eventually(lambda: again.log_tail(5) == "again")
    assert (directory / "logs" / "sleeper.log.1").read_text() == "awake\n"
