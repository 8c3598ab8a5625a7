"""The examples of docs/policies.md, over the real analyzer protocol: each fails or passes its rule as it claims."""

from collections.abc import Callable
from typing import Any

import pytest

from catalogue import RULES
from inferencectl.policy_check.analyzer import Analyzer
from scripts.policy_examples import Example, examples

Start = Callable[[dict[str, Any]], Analyzer]

EXAMPLES = examples()
# The remedies of D02 and S04 are objects of other kinds, which the rules do not judge.
NOT_JUDGED = {"D02", "S04"}

every_rule = pytest.mark.parametrize("rule", EXAMPLES)


@pytest.fixture
def start(strict: Analyzer, configured: Start) -> Callable[[Example], Analyzer]:
    """The pack with the strict defaults, and with what an example configures."""

    def pack_for(example: Example) -> Analyzer:
        return configured({"rules": dict(example.configuration)}) if example.configuration else strict

    return pack_for


def test_every_rule_has_examples_and_no_example_is_left_over() -> None:
    assert EXAMPLES.keys() == RULES.keys()


@every_rule
def test_what_is_shown_to_fail_fails(start: Callable[[Example], Analyzer], rule: str) -> None:
    example = EXAMPLES[rule].fails
    findings = [finding for finding in start(example).analyze(example.resources) if finding.rule == rule]
    assert RULES[rule].level in {finding.level for finding in findings}
    assert not any(finding.unknown or finding.exemption for finding in findings)


@every_rule
def test_what_is_shown_to_pass_is_judged_and_passes(start: Callable[[Example], Analyzer], rule: str) -> None:
    example = EXAMPLES[rule].passes
    analyzer = start(example)
    assert [finding for finding in analyzer.analyze(example.resources) if finding.rule == rule] == []
    (entry,) = (entry for entry in analyzer.catalogue(example.resources) if entry.id == rule)
    assert bool(entry.judged) is (rule not in NOT_JUDGED)


@every_rule
def test_the_two_examples_of_a_rule_are_about_the_same_thing(rule: str) -> None:
    fails, passes = ({each.name for each in side.resources} for side in (EXAMPLES[rule].fails, EXAMPLES[rule].passes))
    assert fails & passes


@every_rule
def test_the_reason_of_a_rule_is_a_sentence_and_not_a_page(rule: str) -> None:
    why = RULES[rule].why
    assert why.endswith(".")
    assert why != RULES[rule].remedy
    assert 40 < len(why) < 250
