"""CONTRIBUTING.md names every file that a change of the usual kinds touches: those that exist, and no fewer."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
SOURCES = ("components", "inferencectl", "policies", "settings", "verification", "tests")
KINDS = {
    "Add a serving runtime": r"torchserve",
    "Add a policy rule": r"\bR08\b",
    "Add a component": r"\bPlatformAccess\b",
}
# What tells of a thing without having to be changed for another one of its kind.
TESTS_OF_SINGLE_ONES = re.compile(r"/test_\w+\.py$|^tests/(?:runtimes|policies)/")


def table(section: str) -> Iterator[str]:
    """The paths in the first column of the section's table."""
    for row in re.findall(r"^\| (`.+?) \|", section, re.MULTILINE):
        yield from re.findall(r"`([^`]+)`", row)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_path_that_is_named_exists(section: str) -> None:
    for path in table(SECTIONS[section]):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("section", [*KINDS, "Add a release strategy"])
def test_each_kind_of_change_has_a_table_of_files(section: str) -> None:
    named = list(table(SECTIONS[section]))
    assert len(named) > 3
    assert any(path.startswith("tests/") for path in named)


@pytest.mark.parametrize("section", KINDS)
def test_no_file_that_such_a_thing_is_in_is_forgotten(section: str) -> None:
    named = [path for path in re.findall(r"`([\w./-]+)`", SECTIONS[section]) if (ROOT / path).exists()]
    files = [
        ROOT / "__main__.py",
        ROOT / "versions.py",
        *(path for room in SOURCES for path in (ROOT / room).rglob("*.py")),
    ]
    mention = re.compile(KINDS[section], re.IGNORECASE)
    for file in files:
        path = file.relative_to(ROOT).as_posix()
        if mention.search(file.read_text(encoding="utf-8")) and not TESTS_OF_SINGLE_ONES.search(path):
            assert any(path == each or path.startswith(each.rstrip("/") + "/") for each in named), path
