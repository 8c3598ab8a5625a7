"""The policy pack asks of every model that it is scraped and has alerts (M10): a stack that is watched satisfies it."""

from typing import Any

import pytest

from inferencectl.policy_check.verdict import analyzer_of, judge
from inferencectl.program.recording import record_program
from inferencectl.workspace.project import Project
from tests.components.monitoring_stack.stack_of_monitoring import MONITORING
from tests.settings.settings_stack import ROOT, edited


@pytest.mark.parametrize(("edits", "found"), [({}, True), ({"monitoring": MONITORING}, False)], ids=["not", "watched"])
def test_a_stack_that_is_watched_has_no_finding(edits: dict[str, Any], *, found: bool) -> None:
    recording = record_program(ROOT / "__main__.py", project="inference", stack="prod", config=edited(edits, "prod"))
    verdict = judge(analyzer_of(Project(ROOT), "prod"), recording)
    assert verdict.violations == ()
    assert ("M10" in {finding.rule for finding in verdict.advice}) is found
