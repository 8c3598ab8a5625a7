"""The commands of the runbooks, as somebody would run them at night."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
RUNBOOKS = ROOT / "docs" / "runbooks"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Command:
    """A line of a block of code, the language of the block, and the page."""

    page: str
    language: str
    line: str

    def __str__(self) -> str:
        return f"{self.page}: {self.line}"


def commands() -> Iterator[Command]:
    """All of them."""
    for path in sorted(RUNBOOKS.glob("*.md")):
        for language, block in BLOCK.findall(path.read_text(encoding="utf-8")):
            for line in block.splitlines():
                yield Command(page=path.stem, language=language, line=line)
