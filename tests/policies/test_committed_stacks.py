"""What the policy pack says of the committed stacks, as their committed configurations ask it."""

import json
from pathlib import Path

import pytest

from inferencectl.policy_check.verdict import Verdict, analyzer_of, judge
from inferencectl.program.run import run_program
from inferencectl.workspace.project import Project
from tests import committed_stacks

STACKS = ("dev", "staging", "prod")
# Why each is still advice: docs/adr/0016-data-and-scanner.md.
ADVICE = {"S01", "S03"}
NOBODY_WATCHES = {"dev"}
"""Where no alert is needed: M10 is mandatory in production, and advice elsewhere."""


@pytest.fixture(scope="module", params=STACKS)
def verdict(request: pytest.FixtureRequest, pack: Path) -> Verdict:
    project = Project(pack.parent)
    return judge(analyzer_of(project, request.param), run_program(project, request.param).recording)


def test_no_mandatory_finding(verdict: Verdict) -> None:
    assert verdict.violations == ()
    assert verdict.remediations == ()


def test_the_advice_that_is_left_is_that_which_is_explained(verdict: Verdict, request: pytest.FixtureRequest) -> None:
    stack = request.node.callspec.params["verdict"]
    explained = ADVICE | {"M10"} if stack in NOBODY_WATCHES else ADVICE
    assert {finding.rule for finding in verdict.advice} == explained


def test_every_committed_stack_is_judged(pack: Path) -> None:
    assert sorted(STACKS) == committed_stacks.STACKS
    assert {file.stem for file in (pack / "config").glob("*.json")} == {*STACKS, committed_stacks.LIVE}


@pytest.mark.parametrize("stack", STACKS)
def test_no_rule_is_lowered_and_nothing_is_exempt(pack: Path, stack: str) -> None:
    configured = json.loads((pack / "config" / f"{stack}.json").read_text(encoding="utf-8"))
    assert configured.keys() == {"rules"}
    assert not configured["rules"].keys() & {"levels", "exemptions"}
