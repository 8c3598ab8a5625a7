"""The settings of admission: what is wrong with them, and what becomes of those that are right."""

from typing import Any

import pytest

from settings import Admission, AdmissionAction, RuleLevel, load
from tests.settings.settings_stack import DELETED, edited, problems

EXEMPT = {"rule": "P16", "resource": "Deployment/models-dev/iris-v1"}

WRONG = {
    "action": ({"action": "off"}, '.action: "off"; expected deny, warn or none'),
    "YAML's off": ({"action": False}, ".action: false; expected deny, warn or none"),
    "key": ({"acton": "warn"}, ".acton: unknown key; did you mean 'action'?"),
    "level": ({"levels": {"P01": "adviosry"}}, "did you mean 'advisory'?"),
    "rule": ({"levels": {"P10x": "advisory"}}, "did you mean 'P10'?"),
    "rule that admission lacks": ({"levels": {"M05": "advisory"}}, "expected a rule enforced at admission: P01, P02"),
    "digest": ({"requireDigest": True}, ".requireDigest: true; expected mandatory, advisory or disabled"),
    "registry with a tag": ({"registries": ["docker.io/a:1"]}, '.registries[0]: "docker.io/a:1"; expected a registry'),
    "exempt rule": ({"exemptions": [{**EXEMPT, "rule": "P99"}]}, '.exemptions[0].rule: "P99"; expected a rule'),
    "exempt from nothing": (
        {"exemptions": [{"rule": "P16"}]},
        ".exemptions[0].resource: missing; expected the resource, as the policy configuration names it",
    ),
    "no resource": (
        {"exemptions": [{**EXEMPT, "resource": "iris"}]},
        '.exemptions[0].resource: "iris"; expected Kind/namespace/name',
    ),
    "another namespace": (
        {"exemptions": [{**EXEMPT, "resource": "Deployment/models/iris-v1"}]},
        "; expected a resource in the stack's namespace 'models-dev'; did you mean 'Deployment/models-dev/iris-v1'?",
    ),
}


@pytest.mark.parametrize(("admission", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said(admission: dict[str, Any], said: str) -> None:
    (problem,) = problems({"admission": admission})
    assert problem.startswith(".admission")
    assert said in problem


def test_a_stack_that_says_nothing_is_guarded_strictly() -> None:
    assert load("dev", edited({"admission": DELETED})).admission == Admission()
    assert Admission().action is AdmissionAction.DENY


def test_a_rule_has_its_own_level_unless_the_stack_gives_it_another() -> None:
    admission = load("dev", edited({"admission": {"levels": {"P16": "disabled"}, "exemptions": [EXEMPT]}})).admission
    assert admission.level_of("P16", RuleLevel.MANDATORY) is RuleLevel.DISABLED
    assert admission.level_of("R04", RuleLevel.ADVISORY) is RuleLevel.ADVISORY
    assert admission.exempt_from("P16") == (EXEMPT["resource"],)
    assert admission.exempt_from("P15") == ()
