"""A command that makes something: its output is told when it fails, and nothing of it survives."""

import os
from pathlib import Path

import psutil
import pytest

from inferencectl.sandbox.images.isolated_command import IsolatedCommand
from inferencectl.workspace.errors import SandboxError
from tests.waiting import soon

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces are made by root")


def _command(script: str, directory: Path) -> IsolatedCommand:
    return IsolatedCommand(
        subject="a thing", command=("sh", "-c", script), environment={"PATH": os.environ["PATH"]}, directory=directory
    )


def _silent(_message: str) -> None:
    pass


def test_a_failure_tells_the_last_lines_and_keeps_the_log(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "thing.log"
    with pytest.raises(SandboxError) as raised:
        _command("seq 20; exit 3", tmp_path).run(_silent, log, "try again")
    lines = "\n".join(str(number) for number in range(6, 21))
    assert raised.value.message == f"cannot make a thing:\n{lines}"
    assert raised.value.remedy == f"try again; the whole output is in {log}"
    assert log.read_text().splitlines() == [str(number) for number in range(1, 21)]
    _command("true", tmp_path).run(_silent, log, "try again")
    assert not log.exists()


def test_mounts_and_processes_end_with_the_command(tmp_path: Path) -> None:
    (tmp_path / "mounted").mkdir()
    script = f"mount -t tmpfs tmpfs {tmp_path}/mounted && touch {tmp_path}/mounted/file && sleep 54321 &"
    _command(f"{script}\nsleep 0.5", tmp_path).run(_silent, tmp_path / "logs" / "thing.log", "")
    assert list((tmp_path / "mounted").iterdir()) == []
    assert not _sleeping("54321")


def test_an_interruption_ends_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inferencectl.sandbox.images.isolated_command.PROGRESS_SECONDS", 0)

    def interrupt(_message: str) -> None:
        if (tmp_path / "begun").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _command(f"touch {tmp_path}/begun; sleep 65432", tmp_path).run(interrupt, tmp_path / "logs" / "thing.log", "")
    soon(lambda: not _sleeping("65432"))
    assert list((tmp_path / "logs").iterdir()) == []


def _sleeping(seconds: str) -> bool:
    return any(process.info["cmdline"] == ["sleep", seconds] for process in psutil.process_iter(["cmdline"]))
