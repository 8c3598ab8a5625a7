"""The demonstration of an erasure, on the search engine of the tests."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from inferencectl.demos.erasure.command import play
from inferencectl.sandbox.search_engine import SearchEngine
from privacy.subjects.api import StoreApi

pytestmark = pytest.mark.slow("the first of them starts a search engine, which takes a minute on a busy machine")


def test_one_person_is_erased_and_stays_erased_after_a_restore(
    search_engine_of_tests: SearchEngine, tmp_path: Path
) -> None:
    screen = StringIO()
    play(Console(file=screen, width=400), search_engine_of_tests, tmp_path)
    api = StoreApi(url=search_engine_of_tests.url)
    api.call("DELETE", "predictions-*")
    api.call("DELETE", "_snapshot/demo")
    text = screen.getvalue()
    found = [
        line.rpartition(": ")[2].rpartition("; ")[2].partition(".")[0]
        for line in text.splitlines()
        if "Anna has" in line
    ]
    both, only_bob = ("Anna has 3 records, Bob has 2 records", "Anna has 0 records, Bob has 2 records")
    assert found == [both, only_bob, both, only_bob]
    assert "anna@" not in text
    assert '"remaining": 0' in text
    assert '"note": "call [phone] about order 0"' in text
