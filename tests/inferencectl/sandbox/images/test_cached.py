"""What is made once and kept: complete or not there at all, and by one process at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from inferencectl.sandbox.images.cached import cached
from inferencectl.workspace.errors import BAD_INPUT, SandboxError


def _silent(_message: str) -> None:
    pass


def _make(partial: Path) -> None:
    (partial / "file").write_text("content")


def _entries(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()} - {"locks"}


def test_a_directory_is_made_once_and_says_how_long_it_took(tmp_path: Path) -> None:
    messages: list[str] = []
    for _ in range(2):
        made = cached(tmp_path / "thing", _make, messages.append, subject="the thing", disk_mib=1)
        assert (made / "file").read_text() == "content"
    assert messages == ["making the thing", "made the thing in 0 s"]
    assert _entries(tmp_path) == {"thing"}


def test_what_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(partial: Path) -> None:
        _make(partial)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached(tmp_path / "thing", fail, _silent, subject="the thing", disk_mib=1)
    assert _entries(tmp_path) == set()


def test_the_rest_of_a_killed_attempt_is_removed(tmp_path: Path) -> None:
    rest = tmp_path / "thing.partial"
    rest.mkdir()
    (rest / "half").touch()
    made = cached(tmp_path / "thing", _make, _silent, subject="the thing", disk_mib=1)
    assert _entries(made) == {"file"}


def test_the_rest_of_another_killed_attempt_is_removed_and_one_in_progress_is_not(tmp_path: Path) -> None:
    def other(partial: Path) -> None:
        (tmp_path / "killed.partial").mkdir()
        cached(tmp_path / "thing", _make, _silent, subject="the thing", disk_mib=1)
        assert {path.name for path in tmp_path.iterdir()} == {"locks", "other.partial", "thing"}
        _make(partial)

    cached(tmp_path / "other", other, _silent, subject="the other", disk_mib=1)
    assert _entries(tmp_path) == {"other", "thing"}


def test_of_two_that_need_the_same_one_makes_it(tmp_path: Path) -> None:
    begun, waits = threading.Event(), threading.Event()
    made: list[Path] = []

    def slowly(partial: Path) -> None:
        begun.set()
        assert waits.wait(timeout=60)
        made.append(partial)

    def second() -> Path:
        def progress(message: str) -> None:
            assert message == "another process is making the thing: waiting for it"
            waits.set()

        return cached(tmp_path / "thing", slowly, progress, subject="the thing", disk_mib=1)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cached, tmp_path / "thing", slowly, _silent, subject="the thing", disk_mib=1)
        assert begun.wait(timeout=60)
        assert pool.submit(second).result() == first.result() == tmp_path / "thing"
    assert len(made) == 1


def test_a_full_disk_is_told_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"not enough disk space to make the thing: .* MiB are needed") as raised:
        cached(tmp_path / "thing", _make, _silent, subject="the thing", disk_mib=10**9)
    assert raised.value.exit_code == BAD_INPUT
    assert _entries(tmp_path) == set()


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(SandboxError, match=r"cannot create the cache .*/cache/locks") as raised:
        cached(tmp_path / "cache" / "thing", _make, _silent, subject="the thing", disk_mib=1)
    assert raised.value.exit_code == BAD_INPUT
