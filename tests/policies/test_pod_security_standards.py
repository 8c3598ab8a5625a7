"""P01 to P15 judge every pod as Kubernetes' own evaluator does."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalogue import active_rules
from configuration import DEFAULT, PodSecurity
from controls import CONTROLS, Standard
from inferencectl.policy_check.analyzer import Analyzer
from subject import Registration, resources_in
from tests.policies import pod_security_module
from tests.policies.manifests import POD_LOCATIONS, resource, workload
from tests.policies.pod_security_module import Case

POD_SECURITY_RULES = {f"P{number:02}" for number in range(1, 16)}


def is_allowed(case: Case) -> bool:
    configuration = replace(DEFAULT, pod_security=PodSecurity(case.standard))
    rules = [rule for rule in active_rules(configuration) if rule.id in POD_SECURITY_RULES]
    resources = resources_in(Registration(type_token="kubernetes:core/v1:Pod", properties=case.pod), configuration)
    return not any(outcome for resource in resources for rule in rules for outcome in rule.check(resource))


def test_rules_agree_with_kubernetes(cases: list[Case]) -> None:
    assert len(cases) > 40
    assert [str(case) for case in cases if is_allowed(case) is not case.allowed] == []


def test_the_pack_agrees_with_kubernetes_on_every_workload_kind(
    cases: list[Case], configured: Callable[[dict[str, Any]], Analyzer], capsys: pytest.CaptureFixture[str]
) -> None:
    analyzer = configured({"rules": {"podSecurity": cases[0].standard}})
    disagreements = []
    for kind in POD_LOCATIONS:
        resources = [
            resource(workload(kind, case.pod), urn=f"urn:pulumi:test::inference::{kind}::{case}") for case in cases
        ]
        refused = {finding.urn for finding in analyzer.analyze_each(resources) if finding.rule in POD_SECURITY_RULES}
        pairs = zip(cases, resources, strict=True)
        disagreements += [f"{kind} {case}" for case, subject in pairs if (subject.urn in refused) is case.allowed]
    asked = len(cases) * len(POD_LOCATIONS)
    with capsys.disabled():
        agreement = f"{asked - len(disagreements)} of {asked}"
        sys.stdout.write(f"\nPod Security Standards, {cases[0].standard}: {agreement} judged as Kubernetes does\n")
    assert disagreements == []


def test_every_check_of_kubernetes_is_served_by_a_rule(module: Path) -> None:
    standards = (Standard.PSS_BASELINE, Standard.PSS_RESTRICTED)
    served = {control.id for controls in CONTROLS.values() for control in controls if control.standard in standards}
    assert served == pod_security_module.check_ids(module)
