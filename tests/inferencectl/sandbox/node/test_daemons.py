"""The first process of a node: what it mounts and starts, and that it starts again what has ended."""

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from inferencectl.sandbox import processes
from inferencectl.sandbox.node import daemons, enter, mounts
from inferencectl.sandbox.node.init import Daemons
from inferencectl.sandbox.node.mounts import Link, Mount
from inferencectl.sandbox.node.specification import Specification
from tests.waiting import soon


@pytest.fixture
def log_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(mounts, "LOGS", str(tmp_path))
    return tmp_path


def _started_here(*, before: set[int]) -> int:
    """The process that a daemon was started as; other tests of the run have left children as well."""
    (pid,) = _children() - before
    return pid


def _children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def test_a_daemon_that_ended_is_due_again_a_second_later(
    log_directory: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    started = Daemons({"short": ("sh", "-c", "echo once more; exit 3")}, {"PATH": os.defpath})
    before = _children()
    assert started.start_due() is None
    started.ended(*os.waitpid(_started_here(before=before), 0))
    assert "short ended with 3; it is started again" in capfd.readouterr().out
    assert started.start_due() == 1.0
    now += 1.0
    assert started.start_due() is None
    started.ended(*os.waitpid(_started_here(before=before), 0))
    assert (log_directory / "short.log").read_text() == "once more\n" * 2


def test_a_program_that_is_not_there_is_tried_again(
    log_directory: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    started = Daemons({"none": ("/nowhere/none",)}, {})
    assert started.start_due() == 1.0
    assert "none cannot be started" in capfd.readouterr().out


def test_a_daemon_waits_for_the_file_that_it_needs(log_directory: Path, tmp_path: Path) -> None:
    socket = tmp_path / "socket"
    started = Daemons({"waiting": ("true",)}, {"PATH": os.defpath}, {"waiting": str(socket)})
    assert 0 < (started.start_due() or 0) < 1
    assert not (log_directory / "waiting.log").exists()
    socket.touch()
    before = _children()
    soon(lambda: started.start_due() is None)
    assert os.waitstatus_to_exitcode(os.waitpid(_started_here(before=before), 0)[1]) == 0


def test_an_orphan_that_ends_here_is_no_daemon(log_directory: Path) -> None:
    started = Daemons({}, {})
    started.ended(4711, 0)
    assert started.start_due() is None


def test_a_daemon_gets_its_signals_although_the_first_process_blocks_them(log_directory: Path) -> None:
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD})
    try:
        started = Daemons({"sleep": ("sleep", "600")}, {"PATH": os.defpath})
        before = _children()
        started.start_due()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    pid = _started_here(before=before)
    soon(lambda: Path(f"/proc/{pid}/comm").read_text() == "sleep\n")
    os.kill(pid, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGTERM


def test_nothing_in_the_node_carries_the_marks_of_a_component() -> None:
    # The sandbox would take every container for one of its own processes.
    command = enter.command(Path("/specification.json"))
    unset = {command[number + 1] for number, word in enumerate(command) if word == "-u"}
    assert unset == set(processes.MARKS)
    assert {"--mount", "--net", "--pid", "--uts", "--ipc", "--cgroup", "--kill-child"} <= set(command)


def test_a_specification_is_read_as_it_was_written(tmp_path: Path) -> None:
    made = Specification(
        root="/root",
        layers="/layers",
        state="/state",
        configuration="/configuration",
        logs="/logs",
        shared="/shared",
        programs={"kubelet": "/kubelet"},
        cgroup_version=1,
        cgroups={"cpu,cpuacct": "/sys/fs/cgroup/cpu,cpuacct/node"},
        daemons={"kubelet": ["kubelet"]},  # pyright: ignore[reportArgumentType] - JSON has no tuples
    )
    made.write(tmp_path / "specification.json")
    assert Specification.read(tmp_path / "specification.json") == made


def test_cgroups_of_version_1_are_mounted_one_by_one_and_found_by_each_name() -> None:
    made = mounts.kernel(["cpu,cpuacct", "memory", "name=systemd"], 1)
    options = {each.target: each.options for each in made if isinstance(each, Mount) and each.kind == "cgroup"}
    assert options == {
        "/sys/fs/cgroup/cpu,cpuacct": "cpu,cpuacct",
        "/sys/fs/cgroup/memory": "memory",
        "/sys/fs/cgroup/systemd": "none,name=systemd",
    }
    assert Link(path="/sys/fs/cgroup/cpuacct", to="cpu,cpuacct") in made


def test_cgroups_of_version_2_are_one_mount() -> None:
    kinds = [each.kind for each in mounts.kernel(["cpu"], 2) if isinstance(each, Mount) and "cgroup" in each.target]
    assert kinds == ["cgroup2"]


def test_what_a_kubelet_sets_for_the_whole_machine_is_covered_by_files() -> None:
    covered = {each.target.removeprefix("/proc/sys/"): each for each in mounts.sysctls(Path("/values"))}
    assert set(covered) == set(mounts.SYSCTLS)
    assert covered["vm/overcommit_memory"].command(Path("/root")) == (
        *("mount", "--bind"),
        *("/values/vm.overcommit_memory", "/root/proc/sys/vm/overcommit_memory"),
    )


def test_only_the_node_is_managed_by_its_daemons() -> None:
    names = [each for command in daemons.command_lines().values() for each in command if "hostname-override" in each]
    assert names == ["--hostname-override=real"] * 3
