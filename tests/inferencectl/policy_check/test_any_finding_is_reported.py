"""Findings whose text nobody foresaw: exemptions over several lines, and policies that are not the platform's rules."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from junitparser import JUnitXml

from inferencectl.policy_check.render.junit import junit
from inferencectl.policy_check.render.sarif import sarif
from inferencectl.policy_check.sources import Sources
from inferencectl.policy_check.verdict import Examination
from tests.inferencectl.policy_check.judged_stack import JudgedStack

EXEMPTION = {
    "rule": "D10",
    "resource": "PersistentVolumeClaim/models-prod/bert-models",
    "reason": "The files can be restored from object storage.\n",
    "owner": "platform team\n",
    "expires": str(datetime.now(UTC).date() + timedelta(days=1)),
}
OTHER_POLICY = """
from pulumi_policy import ResourceValidationPolicy

def _no_claims(args, report_violation):
    if args.resource_type.endswith(":PersistentVolumeClaim"):
        report_violation("No claims here.\\nAsk the storage team.")

POLICIES.append(ResourceValidationPolicy("no-claims", "Claims are not allowed.", _no_claims))

"""


def results(stack: JudgedStack, examination: Examination, rule: str) -> list[Mapping[str, Any]]:
    log = json.loads(json.dumps(sarif(examination, Sources(stack.project, stack.recording), "0.1.0")))
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])
    return [each for each in run["results"] if each["ruleId"] == rule]


@pytest.fixture
def prod(tmp_path_factory: pytest.TempPathFactory) -> JudgedStack:
    return JudgedStack.copied_to(tmp_path_factory.mktemp("prod"))


def test_a_reason_that_ends_in_a_newline_is_one_exemption(prod: JudgedStack) -> None:
    examination = prod.examined({"exemptions": [EXEMPTION]})
    (exempt,) = results(prod, examination, "D10")
    (suppression,) = exempt["suppressions"]
    assert suppression["justification"] == (
        f"until {EXEMPTION['expires']}, platform team: The files can be restored from object storage."
    )


def test_a_finding_of_a_policy_without_a_rule_is_in_every_report(prod: JudgedStack) -> None:
    program = prod.project.policy_pack / "__main__.py"
    text = program.read_text(encoding="utf-8")
    program.write_text(text.replace("\nPolicyPack(", f"{OTHER_POLICY}PolicyPack("), encoding="utf-8")
    examination = prod.examined()
    claims = [each for each in prod.recording.resources if each.type.endswith(":PersistentVolumeClaim")]
    findings = [each for each in examination.verdict.violations if each.rule == "no-claims"]
    assert [each.urn for each in findings] == [each.urn for each in claims] != []
    assert {each.found for each in findings} == {"No claims here.\nAsk the storage team."}
    found = results(prod, examination, "no-claims")
    assert {each["level"] for each in found} == {"error"}
    assert all("Ask the storage team." in each["message"]["text"] for each in found)
    report = JUnitXml.fromstring(junit(examination).encode())
    assert report.failures == len(claims)
    (suite,) = (suite for suite in report if suite.failures)
    assert {case.classname for case in suite} == {"no-claims Claims are not allowed."}
