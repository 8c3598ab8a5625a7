"""How the pack reports a finding: as text where Pulumi runs it, as JSON where the client asks for it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2

from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.policy_check.finding import Exemption, Severity
from inferencectl.policy_check.messages import Requests, stack_resource
from inferencectl.policy_check.pack import PolicyPack
from tests.policies.manifests import UNKNOWN, changed, deployment, resource, resources, stack
from tests.policies.test_policy_pack import write_pack

CONTEXT = "spec template spec containers 0 securityContext"
JUDGING = ("rules", "advice", "stack-rules", "stack-advice")
TODAY = str(datetime.now(UTC).date())
EXEMPTION = {
    "rule": "P01",
    "resource": "Deployment/models/server",
    "reason": "The driver needs it.",
    "owner": "edge team",
    "expires": TODAY,
}
PRIVILEGED = changed(deployment(), f"{CONTEXT} privileged", True)


def messages(pack: Path, own: Mapping[str, Any], manifests: Mapping[str, Any]) -> dict[str, list[str]]:
    """What each policy reports over Pulumi's protocol, without its description; ``own`` is every policy's own."""
    subjects = resources(manifests)
    with PolicyPack(pack, project="inference", stack="test") as stub:
        info = stub.GetAnalyzerInfo(empty_pb2.Empty())
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for policy in info.policies:
            request.policyConfig[policy.name].enforcementLevel = policy.enforcementLevel
            request.policyConfig[policy.name].properties.update(own.get(policy.name, {}))
        stub.Configure(request)
        requests = [Requests().about(subject) for subject in subjects]
        answers = [stub.Analyze(request) for request in requests]
        whole = map(stack_resource, subjects, requests)
        answers.append(stub.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=whole)))
    reported: dict[str, list[str]] = {}
    for each in (diagnostic for answer in answers for diagnostic in answer.diagnostics):
        prefix = f"{each.description}\n"
        assert each.message.startswith(prefix)
        reported.setdefault(each.policyName, []).append(each.message.removeprefix(prefix))
    return reported


def test_pulumi_shows_text(pack: Path) -> None:
    reported = messages(pack, {}, {"server": PRIVILEGED})
    (violation,) = (each for each in reported["rules"] if each.startswith("P01"))
    head, field, found, remedy = violation.splitlines()
    assert head.startswith("P01 [critical] ")
    assert field == "  field: spec.template.spec.containers[0].securityContext.privileged"
    assert found == "  found: true"
    assert remedy.startswith("  remedy: ")


def test_an_exemption_is_one_more_line_of_the_text(pack: Path) -> None:
    reported = messages(pack, {"rules": {"exemptions": [EXEMPTION]}}, {"server": PRIVILEGED})
    (exempt,) = (each for each in reported["advice"] if each.startswith("P01"))
    assert exempt.splitlines()[4] == f"  exempt: until {TODAY}, edge team: The driver needs it."


@pytest.mark.parametrize("policy", JUDGING)
def test_each_policy_that_judges_reports_json_on_demand(pack: Path, policy: str) -> None:
    broken = {
        **{name: manifest for name, manifest in stack().items() if name != "default-deny"},
        "server": changed(PRIVILEGED, f"{CONTEXT} allowPrivilegeEscalation", UNKNOWN),
        "service": changed(stack()["service"], "spec selector", UNKNOWN),
    }
    own = {"rules": {"levels": {"M10": "advisory"}}}
    asked = {**own, policy: {**own.get(policy, {}), "findingFormat": "json"}}
    texts, reported = messages(pack, own, broken), messages(pack, asked, broken)
    assert texts[policy]
    for text, message in zip(texts[policy], reported[policy], strict=True):
        data = json.loads(message)
        assert text.splitlines() == [
            f"{data['rule']} [{data['severity']}] {data['title']}",
            f"  field: {data['field']}",
            f"  found: {data['found']}",
            f"  remedy: {data['remedy']}",
        ]
        assert data["unknown"] is data["found"].startswith("cannot be known")
        assert data["exemption"] is None
    assert {name: reported[name] for name in reported if name != policy} == {
        name: texts[name] for name in texts if name != policy
    }


def test_an_exemption_arrives_as_it_was_written(configured: Callable[[dict[str, Any]], Analyzer]) -> None:
    written = {**EXEMPTION, "owner": 'edge: "team"', "reason": "until: none, {nobody}: \\n remedy: \u00e9\n"}
    findings = configured({"rules": {"exemptions": [written]}}).analyze(resources({"server": PRIVILEGED}))
    (finding,) = (each for each in findings if each.rule == "P01")
    reason = "until: none, {nobody}: \\n remedy: \u00e9"
    assert finding.exemption == Exemption(expires=TODAY, owner='edge: "team"', reason=reason)
    assert (finding.severity, finding.level) == (Severity.CRITICAL, "advisory")


FOREIGN = """
from pulumi_policy import EnforcementLevel, PolicyConfigSchema, PolicyPack, ResourceValidationPolicy, Severity

def validate(args, report):
    report('{"rule": "P01"}')

PolicyPack("foreign", [
    ResourceValidationPolicy("own-rule", "An own rule.", validate, EnforcementLevel.ADVISORY, severity=Severity.HIGH),
])
"""


def test_another_packs_json_is_its_own_text(tmp_path: Path) -> None:
    with Analyzer(write_pack(tmp_path, FOREIGN), "inference", "dev") as analyzer:
        (finding,) = analyzer.analyze_each([resource(deployment())])
    assert (finding.rule, finding.title, finding.found) == ("own-rule", "An own rule.", '{"rule": "P01"}')
    assert (finding.severity, finding.level, finding.field) == (Severity.HIGH, "advisory", "")


def test_advice_that_comes_with_the_rest_is_that_of_its_own_policy(
    configured: Callable[[dict[str, Any]], Analyzer],
) -> None:
    broken = {
        **{name: manifest for name, manifest in stack().items() if name != "default-deny"},
        "server": changed(PRIVILEGED, f"{CONTEXT} allowPrivilegeEscalation", UNKNOWN),
    }
    rules = {"levels": {"M10": "advisory"}, "exemptions": [EXEMPTION]}
    together = configured({"rules": rules}).analyze(resources(broken))
    # With the level of the policy for advice, which is not its own, that policy has to run.
    apart = configured({"rules": rules, "advice": "mandatory", "stack-advice": "mandatory"}).analyze(resources(broken))
    levels = {"mandatory", "advisory"}
    assert {finding.level for finding in together} == levels
    assert {finding.level for finding in apart} == {"mandatory"}
    assert [replace(finding, level="mandatory") for finding in together] == list(apart)


def test_a_stack_without_advice_has_none(configured: Callable[[dict[str, Any]], Analyzer]) -> None:
    advised = configured({"rules": {"levels": {"P01": "advisory"}}, "advice": "disabled"})
    assert "P01" not in {finding.rule for finding in advised.analyze_each(resources({"server": PRIVILEGED}))}
