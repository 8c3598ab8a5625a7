"""The page on the policy pack's rules is what the pack says of itself."""

import re

import pytest

from scripts import policy_reference
from settings.environment import Environment

TEXT = policy_reference.DOCUMENT.read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\w\d\d)\n(.*?)(?=^###? |^†)", TEXT, re.MULTILINE | re.DOTALL))
ROW = re.compile(r"^\| \[(\w\d\d)\]\(#\w\d\d\) \| (.+?) \| (\w+) \| (\w+) \| (\w*) \| (\w*) \| (\w*) \|$", re.MULTILINE)
ROWS = {rule: rest for rule, *rest in ROW.findall(TEXT)}


def test_the_page_is_what_the_pack_says() -> None:
    assert policy_reference.reference() == TEXT, "run make docs"


def test_every_rule_has_a_line_and_a_section() -> None:
    assert len(ROWS) > 50
    assert list(ROWS) == list(SECTIONS)


@pytest.mark.parametrize("rule", SECTIONS)
def test_a_section_says_what_why_how_it_fails_how_it_passes_and_what_to_do(rule: str) -> None:
    section = SECTIONS[rule]
    order = [section.index(part) for part in ("\n**", "\nFails:", "\nPasses:", "\n**Remedy:** ", "\n**Controls:** ")]
    assert order == sorted(order)
    assert f"**{ROWS[rule][0]}.** " in section
    assert len(re.findall(r"```yaml\n.+?```\n", section, re.DOTALL)) == 2


def test_the_columns_of_the_stacks_follow_from_their_configurations() -> None:
    levels = {rule: dict(zip(Environment, row[3:], strict=True)) for rule, row in ROWS.items()}
    assert set(levels["P01"].values()) == {"mandatory"}
    # Digests are advice in the committed configurations, and only prod is a production.
    assert (ROWS["S01"][2], set(levels["S01"].values())) == ("mandatory", {"advisory"})
    assert levels["M11"] == {Environment.DEV: "", Environment.STAGING: "", Environment.PROD: "mandatory"}


def test_what_the_project_itself_judges_is_marked() -> None:
    assert "8.1.4.2†" in SECTIONS["P01"]
    assert "CIS" in SECTIONS["P01"]
    assert not re.search(r"5\.2\.2†", SECTIONS["P01"])
    assert "**Controls:** none" in SECTIONS["M02"]
