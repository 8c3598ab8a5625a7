"""The index of the decisions, and the header that every decision has."""

from pathlib import Path

import pytest

from scripts.decision_index import INDEX, DecisionError, decisions, index

HEADER = "# 7. A title\n\n- Status: accepted\n- Date: 2026-01-31\n\n## Context\n"


def record(directory: Path, text: str) -> Path:
    (directory / "0007-a-title.md").write_text(text)
    return directory


def test_the_index_lists_every_decision_as_it_is() -> None:
    assert INDEX.read_text(encoding="utf-8") == index(decisions()), "run make docs"


def test_a_decision_is_read_from_its_header(tmp_path: Path) -> None:
    (decision,) = decisions(record(tmp_path, HEADER))
    assert "| 7 | [A title](0007-a-title.md) | accepted | 2026-01-31 |\n" in index([decision])


def test_a_decision_may_be_superseded_by_another(tmp_path: Path) -> None:
    status = "superseded by [9](0009-another.md)"
    (decision,) = decisions(record(tmp_path, HEADER.replace("accepted", status)))
    assert decision.status == status


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("- Status: accepted\n", ""),
        ("accepted", "agreed"),
        ("accepted", "superseded"),
        ("- Date: 2026-01-31\n", ""),
        ("2026-01-31", "31 January"),
        ("- Status: accepted\n- Date: 2026-01-31\n", "- Date: 2026-01-31\n- Status: accepted\n"),
        ("# 7. A title", "# A title"),
    ],
)
def test_another_header_is_refused_with_the_name_of_the_file(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(DecisionError, match=r"^0007-a-title.md: invalid header; expected '# NUMBER"):
        decisions(record(tmp_path, HEADER.replace(old, new)))


def test_a_number_other_than_the_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DecisionError, match="number 8 in the title; expected 7"):
        decisions(record(tmp_path, HEADER.replace("# 7.", "# 8.")))
