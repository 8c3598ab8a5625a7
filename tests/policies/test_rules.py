"""Every rule on single resources, over the real analyzer protocol: what passes, fails, is unknown, is malformed."""

from typing import Any

import pytest

from catalogue import RESOURCE_RULES
from configuration import Level
from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.policy_check.finding import Finding
from tests.policies import object_breaks, pod_breaks
from tests.policies.break_ import Break
from tests.policies.manifests import UNKNOWN, changed, deployment, resource, resources, stack
from tests.policies.pod_breaks import CONTEXT, FETCH, POD, SERVER

VIOLATIONS = [*pod_breaks.VIOLATIONS, *object_breaks.VIOLATIONS]
ALLOWED = [*pod_breaks.ALLOWED, *object_breaks.ALLOWED]
READ_BY = {**{rule: ("server", path) for rule, path in pod_breaks.READ_BY.items()}, **object_breaks.READ_BY}

# Absurd volumes are none of the forbidden kinds, and no claim or socket.
_ANYTHING_GOES = {"P03", "P15", "P17"}


def analyzed(strict: Analyzer, change: Break) -> tuple[Finding, ...]:
    return strict.analyze_each([resource(change.manifest(), protect=True)])


def changed_by(rule: str, value: Any) -> Break:
    subject, path = READ_BY[rule]
    return Break(rule, path, value, subject)


def test_the_compliant_stack_has_no_finding(strict: Analyzer) -> None:
    assert strict.analyze_each(resources(stack())) == ()


def test_every_rule_is_tried() -> None:
    violated = {rule for change in VIOLATIONS for rule in change.rules.split()}
    # M11 reads no property, and S04 finds something in every object that it reads: they have their own tests.
    assert violated == READ_BY.keys() == RESOURCE_RULES.keys() - {"M11", "S04"}


def is_advice(change: Break) -> bool:
    return all(RESOURCE_RULES[rule].level is Level.ADVISORY for rule in change.rules.split())


@pytest.mark.parametrize("change", [change for change in VIOLATIONS if not is_advice(change)], ids=str)
def test_a_violation_is_mandatory_and_named(strict: Analyzer, change: Break) -> None:
    assert_reported(analyzed(strict, change), change, "mandatory")


@pytest.mark.parametrize("change", [change for change in VIOLATIONS if is_advice(change)], ids=str)
def test_advice_stops_nothing_and_is_named(strict: Analyzer, change: Break) -> None:
    assert_reported(analyzed(strict, change), change, "advisory")


def assert_reported(findings: tuple[Finding, ...], change: Break, level: str) -> None:
    assert {finding.rule for finding in findings} == set(change.rules.split())
    for finding in findings:
        assert finding.level == level
        assert finding.field
        assert finding.found
        assert finding.remedy
        assert finding.title == RESOURCE_RULES[finding.rule].title
        assert not finding.unknown
        assert not finding.exemption


@pytest.mark.parametrize("change", ALLOWED, ids=str)
def test_no_false_alarm(strict: Analyzer, change: Break) -> None:
    assert analyzed(strict, change) == ()


@pytest.mark.parametrize("rule", READ_BY)
def test_an_unknown_value_is_reported_and_stops_nothing(strict: Analyzer, rule: str) -> None:
    findings = [finding for finding in analyzed(strict, changed_by(rule, UNKNOWN)) if finding.rule == rule]
    assert findings
    assert {(finding.level, finding.unknown) for finding in findings} == {("advisory", True)}
    assert all("cannot be known in preview" in finding.found for finding in findings)


@pytest.mark.parametrize("rule", READ_BY)
@pytest.mark.parametrize("value", [{"absurd": [1.5, {}]}, [[]], 1e300, -1, ""], ids=str)
def test_a_malformed_value_never_breaks_the_pack(strict: Analyzer, rule: str, value: Any) -> None:
    findings = analyzed(strict, changed_by(rule, value))
    assert not any(finding.unknown for finding in findings)


@pytest.mark.parametrize("rule", sorted(READ_BY.keys() - _ANYTHING_GOES))
def test_a_value_of_another_type_is_a_violation(strict: Analyzer, rule: str) -> None:
    findings = [finding for finding in analyzed(strict, changed_by(rule, [[]])) if finding.rule == rule]
    assert {finding.level for finding in findings} == {RESOURCE_RULES[rule].level}
    assert any("a list" in finding.found or "no " in finding.found for finding in findings)


@pytest.mark.parametrize("name", ["claim", "volume", "logs"])
def test_what_holds_data_is_protected_in_production(strict: Analyzer, name: str) -> None:
    (finding,) = strict.analyze_each([resource(stack()[name])])
    assert (finding.rule, finding.field, finding.level) == ("M11", "protect", "mandatory")


@pytest.mark.parametrize("variable", [{"name": "OTHER", "value": "x"}, {"name": "MODEL_SIGNATURE_KEY", "value": ""}])
def test_a_missing_signature_is_advice(strict: Analyzer, variable: dict[str, str]) -> None:
    (finding,) = analyzed(strict, Break("S03", f"{FETCH} env 1", variable))
    assert (finding.rule, finding.level) == ("S03", Level.ADVISORY)


def test_an_api_server_in_a_pod_is_judged_like_one_of_cluster_api(strict: Analyzer) -> None:
    command = ["/usr/bin/kube-apiserver", "--audit-log-path=/var/log/audit.log", "--audit-log-maxage=30"]
    findings = analyzed(strict, Break("", f"{SERVER} command", command))
    assert {(finding.rule, finding.found) for finding in findings} == {("D05", "not set"), ("D06", '"30"')}


def test_one_unknown_container_does_not_hide_another_ones_violation(strict: Analyzer) -> None:
    manifest = changed(deployment(), f"{POD} initContainers 0 securityContext", UNKNOWN)
    findings = strict.analyze_each([resource(changed(manifest, f"{CONTEXT} privileged", True))])
    assert {(finding.rule, finding.unknown) for finding in findings if finding.rule == "P01"} == {
        ("P01", False),
        ("P01", True),
    }


def test_a_finding_tells_field_value_and_remedy(strict: Analyzer) -> None:
    (finding,) = analyzed(strict, Break("P04", f"{SERVER} ports 0 hostPort", 8501))
    assert finding.field == "spec.template.spec.containers[0].ports[0].hostPort"
    assert finding.found == "8501"
    assert finding.remedy == "Remove ports[].hostPort, and use a Service."
    assert finding.urn.endswith("Deployment::subject")


def test_no_finding_repeats_a_secret(strict: Analyzer) -> None:
    for path in (f"{SERVER} securityContext", f"{SERVER} resources", POD):
        findings = analyzed(strict, Break("", path, {"password": "hunter2", "containers": [{"env": ["hunter2"]}]}))
        assert findings
        assert not any("hunter2" in str(finding) for finding in findings)


@pytest.mark.parametrize("change", [change for change in VIOLATIONS if "D01" in change.rules], ids=str)
def test_no_finding_on_a_plaintext_secret_repeats_it(strict: Analyzer, change: Break) -> None:
    for finding in analyzed(strict, change):
        assert not any(secret in str(finding) for secret in ("hunter2", "AKIA", "BEGIN RSA"))
