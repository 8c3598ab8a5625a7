"""The ledger of erasures, which a killed process may leave at any byte."""

from pathlib import Path

import pytest

from privacy.errors import PrivacyError
from privacy.subjects.ledger import Ledger

BEGAN = {"erasure": "1", "subjects": ["new:1", "old:1"], "by": "dpo", "began": "now", "found": {"a": 2}}


def test_an_erasure_is_unfinished_until_it_is_done(tmp_path: Path) -> None:
    ledger = Ledger(path=tmp_path / "ledger.jsonl")
    assert ledger.digests() == frozenset()
    ledger.append("began", BEGAN)
    assert ledger.unfinished(("newest:1", "old:1")) == {"event": "began", **BEGAN}
    assert ledger.unfinished(("new:2",)) is None
    ledger.append("done", {"erasure": "1"})
    assert ledger.unfinished(("new:1",)) is None
    assert ledger.digests() == {"new:1", "old:1"}


def test_a_line_that_was_cut_off_is_none_and_the_next_one_takes_its_place(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = Ledger(path=path)
    ledger.append("began", BEGAN)
    whole = path.read_bytes()
    ledger.append("done", {"erasure": "1", "by": "ü"})
    full = path.read_bytes()
    for length in range(len(whole), len(full)):
        path.write_bytes(full[:length])
        assert ledger.unfinished(("new:1",)), length
        ledger.append("done", {"erasure": "1", "by": "ü"})
        assert path.read_bytes() == full, length


@pytest.mark.parametrize("text", ["[]\n", "{}\n", "x\n", '{"event": "other"}\n'])
def test_what_is_no_ledger_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text(text)
    with pytest.raises(PrivacyError, match="is no ledger of erasures"):
        Ledger(path=path).digests()


def test_one_process_erases_at_a_time(tmp_path: Path) -> None:
    ledger = Ledger(path=tmp_path / "ledger.jsonl")
    with ledger.held(), pytest.raises(PrivacyError, match="another erasure is running"), ledger.held():
        pass
    with pytest.raises(PrivacyError, match="cannot be written"), Ledger(path=tmp_path / "no" / "l").held():
        pass
