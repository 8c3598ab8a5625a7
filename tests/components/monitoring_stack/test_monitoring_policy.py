"""The policy pack asks of every model that it is scraped and has alerts (M10): a stack that is watched satisfies it."""

from dataclasses import replace
from typing import Any

import pytest

from inferencectl.policy_check.verdict import Verdict, analyzer_of, judge
from inferencectl.program.recording import record_program
from inferencectl.workspace.project import Project
from tests.components.monitoring_stack.stack_of_monitoring import MONITORING
from tests.settings.settings_stack import DELETED, ROOT, edited


def judged(stack: str, monitoring: Any, *removed: str) -> Verdict:
    """What the pack says of a stack, without what is ``removed`` of it, by name."""
    config = edited({"monitoring": monitoring}, stack)
    recording = record_program(ROOT / "__main__.py", project="inference", stack=stack, config=config)
    kept = tuple(each for each in recording.resources if each.name not in removed)
    assert len(kept) == len(recording.resources) - len(removed)
    return judge(analyzer_of(Project(ROOT), stack), replace(recording, resources=kept))


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_stack_that_is_watched_has_no_finding(stack: str) -> None:
    verdict = judged(stack, MONITORING)
    assert verdict.violations == ()
    assert "M10" not in {finding.rule for finding in verdict.advice}


def test_a_model_without_alerts_of_its_own_or_shared_is_found_whatever_else_is_told() -> None:
    removed = ("monitoring-mnist-alerts", "monitoring-alerts-of-models-0")
    found = judged("dev", {**MONITORING, "certManager": True, "apiServer": True}, *removed)
    assert {(finding.rule, finding.found, finding.urn.rpartition("::")[2]) for finding in found.violations} == {
        ("M10", "no alerts", f"mnist-v{version}-servers") for version in (1, 2)
    }


def test_prod_is_refused_where_nobody_watches_a_model() -> None:
    verdict = judged("prod", DELETED)
    assert {finding.rule for finding in verdict.violations} == {"M10"}
    assert {finding.found for finding in verdict.violations} == {"not scraped", "no alerts"}
