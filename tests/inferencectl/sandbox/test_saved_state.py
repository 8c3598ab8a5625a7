"""The saved state survives writing and reading, and damage to it loses nothing but the choice of ports."""

from pathlib import Path

import pytest

from inferencectl.sandbox import saved_state
from inferencectl.sandbox.component_commands import Ports
from inferencectl.sandbox.saved_state import SavedState

STATE = SavedState(ports=Ports(api=1, etcd=2, etcd_peer=3), fingerprint="0a")


def test_what_was_written_is_read(tmp_path: Path) -> None:
    saved_state.write(tmp_path / "state.json", STATE)
    assert saved_state.read(tmp_path / "state.json") == STATE
    assert [*tmp_path.iterdir()] == [tmp_path / "state.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"ports": {"api": 1}, "fingerprint": ""}', "\x00"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    assert saved_state.read(tmp_path / "state.json") is None


def test_a_missing_file_is_none(tmp_path: Path) -> None:
    assert saved_state.read(tmp_path / "state.json") is None


def test_a_failed_write_leaves_the_old_state_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved_state.write(tmp_path / "state.json", STATE)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        saved_state.write(tmp_path / "state.json", SavedState(ports=STATE.ports))
    assert saved_state.read(tmp_path / "state.json") == STATE
    assert [*tmp_path.iterdir()] == [tmp_path / "state.json"]
