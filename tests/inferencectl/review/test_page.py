"""The comment on a pull request: its words, its order, what it keeps to itself, and its length."""

import re
from collections import Counter
from dataclasses import replace

import pytest

from inferencectl.review.comparison import compare
from inferencectl.review.length import LIMIT, Part, fitted
from inferencectl.review.page import MARKER, code, comment, fenced, whole_report
from inferencectl.review.stack_review import StackReview
from tests.inferencectl.review.reviews import ADVICE, BASE, CHANGED, GOLDEN, REVIEWS, VIOLATION, deployment

WHOLE = "report.md of this run"
MODELS = tuple(f"model-{number}" for number in range(40))


def test_it_is_as_recorded() -> None:
    assert whole_report(REVIEWS, BASE) == GOLDEN.read_text(encoding="utf-8")


def test_a_short_report_is_the_comment_with_the_marker_first() -> None:
    assert comment(REVIEWS, BASE, WHOLE) == whole_report(REVIEWS, BASE)
    assert whole_report(REVIEWS, BASE).splitlines()[0] == MARKER


def test_the_order_in_which_findings_come_changes_nothing() -> None:
    assert CHANGED.verdict
    other = replace(CHANGED, verdict=replace(CHANGED.verdict, findings=(VIOLATION, ADVICE)))
    assert whole_report([other], BASE) == whole_report([CHANGED], BASE)


@pytest.mark.parametrize("text", ["`", "a ``` b", "``", "@team `x`", f"{MARKER}\n@all", "</details>\n# x"])
def test_text_of_others_is_only_ever_code(text: str) -> None:
    line = code(text)
    (opening,) = re.findall(r"^`+", line)
    assert line.endswith(opening)
    assert "\n" not in line
    assert opening not in set(re.findall(r"`+", line[len(opening) : -len(opening)]))
    block = fenced(text)
    fence = block.partition("text\n")[0]
    assert block.count(fence) == 2


def long_review(objects: int, violations: int) -> StackReview:
    """Many long objects and many mandatory findings, in one stack."""
    after = [deployment(f"{MODELS[at % 40]}-v{at}", "x" * 2000) for at in range(objects)]
    findings = tuple(replace(VIOLATION, rule=f"S{at:03}") for at in range(violations))
    assert CHANGED.verdict
    verdict = replace(CHANGED.verdict, findings=findings)
    before = [deployment(f"{MODELS[at % 40]}-v{at}", "y\n" * 1000) for at in range(objects)]
    return replace(CHANGED, stack=f"stack-{objects}", verdict=verdict, comparison=compare(before, after, MODELS))


@pytest.mark.parametrize(("objects", "violations"), [(0, 1), (3, 5), (20, 5), (60, 40), (5, 900)])
def test_a_long_report_is_shortened_and_says_by_what(objects: int, violations: int) -> None:
    reviews = [long_review(objects, violations), CHANGED]
    told, everything = comment(reviews, BASE, WHOLE), whole_report(reviews, BASE)
    assert len(told) <= LIMIT
    shown = Counter({"mandatory rule": told.count("- **mandatory**"), "object to update": told.count("\n~ update ")})
    counts = re.findall(r"^- .*: (\d+) of: (.*)$", told, re.MULTILINE)
    for count, noun in counts:
        shown[noun] += int(count)
    for noun, text in (("mandatory rule", "- **mandatory**"), ("object to update", "\n~ update ")):
        assert shown[noun] == everything.count(text), noun
    assert (WHOLE in told) == (len(everything) > LIMIT) == bool(counts)


def test_what_stops_a_deployment_is_the_last_to_go() -> None:
    told = comment([long_review(60, 0), long_review(1, 250)], BASE, WHOLE)
    assert told.count("- **mandatory**") == 250
    assert "of: object to update" in told


def test_the_list_of_what_was_left_out_is_short_too() -> None:
    parts = [Part(text="x" * 500, stack=f"stack-{at}", noun="part" * 20) for at in range(900)]
    told = fitted(parts, WHOLE)
    assert len(told) <= LIMIT
    assert "parts in all" in told
