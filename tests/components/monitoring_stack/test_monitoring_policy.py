"""The policy pack asks of every model that it is scraped and has alerts (M10): a stack that is watched satisfies it."""

from typing import Any

import pytest

from inferencectl.policy_check.verdict import Verdict, analyzer_of, judge
from inferencectl.program.recording import record_program
from inferencectl.workspace.project import Project
from tests.components.monitoring_stack.stack_of_monitoring import MONITORING
from tests.settings.settings_stack import DELETED, ROOT, edited


def judged(stack: str, monitoring: Any) -> Verdict:
    config = edited({"monitoring": monitoring}, stack)
    recording = record_program(ROOT / "__main__.py", project="inference", stack=stack, config=config)
    return judge(analyzer_of(Project(ROOT), stack), recording)


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_stack_that_is_watched_has_no_finding(stack: str) -> None:
    verdict = judged(stack, MONITORING)
    assert verdict.violations == ()
    assert "M10" not in {finding.rule for finding in verdict.advice}


def test_prod_is_refused_where_nobody_watches_a_model() -> None:
    verdict = judged("prod", DELETED)
    assert {finding.rule for finding in verdict.violations} == {"M10"}
    assert {finding.found for finding in verdict.violations} == {"not scraped", "no alerts"}
