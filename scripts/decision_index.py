"""The index of the decisions; ``python -m scripts.decision_index`` rewrites docs/adr/README.md."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

DIRECTORY = Path(__file__).parents[1] / "docs" / "adr"
INDEX = DIRECTORY / "README.md"

_HEADER = re.compile(
    r"# (?P<number>\d+)\. (?P<title>\S.*)\n\n"
    r"- Status: (?P<status>proposed|accepted|rejected|superseded by \[\d+\]\(\d{4}-[\w-]+\.md\))\n"
    r"- Date: (?P<date>\d{4}-\d{2}-\d{2})\n\n"
)
_INTRODUCTION = """# Decisions

Each file records one decision: its context, what was decided, and what follows.
[Decision 1](0001-record-of-decisions.md) says when to write one. The date is the day on which the record was first
committed. `make docs` writes this page.

| # | decision | status | date |
|---|---|---|---|
"""


class DecisionError(Exception):
    """A record has an invalid header."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The header of one record."""

    file: str
    number: int
    title: str
    status: str
    date: date


def decisions(directory: Path = DIRECTORY) -> list[Decision]:
    """The headers of all records, by number.

    Raises:
        DecisionError: a record has an invalid header, or a number that is not that of its file.
    """
    return [_decision(path) for path in sorted(directory.glob("[0-9]*.md"))]


def index(records: Iterable[Decision]) -> str:
    """The Markdown page that lists ``records``."""
    rows = (f"| {each.number} | [{each.title}]({each.file}) | {each.status} | {each.date} |\n" for each in records)
    return _INTRODUCTION + "".join(rows)


def _decision(path: Path) -> Decision:
    header = _HEADER.match(path.read_text(encoding="utf-8"))
    if header is None:
        raise DecisionError(
            f"{path.name}: invalid header; expected '# NUMBER. Title', an empty line, '- Status: accepted' (or "
            "proposed, rejected, superseded by [NUMBER](FILE)), '- Date: YYYY-MM-DD', and an empty line"
        )
    if int(header["number"]) != int(path.name[:4]):
        raise DecisionError(f"{path.name}: number {header['number']} in the title; expected {int(path.name[:4])}")
    return Decision(
        file=path.name,
        number=int(header["number"]),
        title=header["title"],
        status=header["status"],
        date=date.fromisoformat(header["date"]),
    )


if __name__ == "__main__":
    INDEX.write_text(index(decisions()), encoding="utf-8")
