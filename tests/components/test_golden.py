"""The same settings make the same manifests: what a change of the program changes is seen in review, line by line.

A changed pod template starts every pod of its kind again, so no refactoring may change one unnoticed.
"""

import difflib

import pytest

from tests.components.golden import DIRECTORY, NAMES, manifests, path_of

COMMAND = "python -m tests.components.golden"


@pytest.mark.parametrize("name", NAMES)
def test_the_manifests_are_those_of_the_last_review(name: str) -> None:
    reviewed, made = path_of(name).read_text("utf-8"), manifests(name)
    difference = difflib.unified_diff(reviewed.splitlines(), made.splitlines(), "reviewed", "made", lineterm="")
    assert reviewed == made, "\n".join([f"if the change is meant, {COMMAND} writes it down:", *difference])


def test_every_file_is_one_of_an_example() -> None:
    assert {path.stem for path in DIRECTORY.iterdir()} == set(NAMES)
