"""No manifest breaks a rule, however absurd."""

import copy
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue import RESOURCE_RULES, STACK_RULES
from configuration import DEFAULT
from diagnostic import Diagnostic, judge, judge_stack
from exemption_audit import judge_exemptions
from inferencectl.policy_check.analyzer import Analyzer
from remediation import apply
from stack import Stack
from subject import Registration, resources_in
from tests.policies.manifests import POD_LOCATIONS, UNKNOWN, Manifest, pod, resource, resources, stack, workload


def values(numbers: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    """Any JSON value, and what a preview cannot know."""
    leaves = st.none() | st.booleans() | numbers | st.text(max_size=20) | st.just(UNKNOWN) | st.just("9" * 400 + "Ei")
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
        max_leaves=6,
    )


JSON = values(st.floats())
# The protocol carries no others.
FINITE = values(st.floats(allow_nan=False, allow_infinity=False))
OBJECTS = {made.name: made for made in resources(stack())}

RANDOM_RESOURCES = 5000
OVER_THE_PROTOCOL = 200


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every property below ``value``."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in members for place in ((*path, key), *places(item, (*path, key)))]


def with_anything(draw: st.DrawFn, manifest: Manifest, anything: st.SearchStrategy[Any]) -> Manifest:
    """A copy with up to three of its properties replaced by anything."""
    changed = copy.deepcopy(manifest)
    for _ in range(draw(st.integers(1, 3))):
        found = places(changed)
        if not found:
            break
        place = draw(st.sampled_from(found))
        parent: Any = changed
        for step in place[:-1]:
            parent = parent[step]
        parent[place[-1]] = draw(anything)
    return changed


@st.composite
def registrations(draw: st.DrawFn, anything: st.SearchStrategy[Any] = JSON) -> Registration:
    """A workload of any kind, or any object that a rule reads, with absurd properties."""
    if draw(st.booleans()):
        kind = draw(st.sampled_from(sorted(POD_LOCATIONS)))
        token, manifest = f"kubernetes:{POD_LOCATIONS[kind][0]}:{kind}", workload(kind, pod())
    else:
        name = draw(st.sampled_from(sorted(OBJECTS)))
        token, manifest = OBJECTS[name].type, dict(OBJECTS[name].inputs)
    token = draw(st.sampled_from([token, token, "kubernetes:example.com/v1:Thing"]))
    return Registration(type_token=token, properties=with_anything(draw, manifest, anything))


def well_formed(diagnostics: list[Diagnostic]) -> bool:
    return all(each.as_text().count("\n") == 3 and json.loads(each.as_json()) for each in diagnostics)


@settings(max_examples=RANDOM_RESOURCES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(registrations())
def test_rules_and_remediations_never_raise(registration: Registration) -> None:
    before = repr(registration.properties)
    for subject in resources_in(registration, DEFAULT):
        findings = list(judge(subject))
        assert well_formed(findings)
        # What a rule finds something in, it is about: or a report would not count the resource as judged.
        assert all(RESOURCE_RULES[finding.rule.id].check.scope.covers(subject) for finding in findings)
        changes = [change for rule in RESOURCE_RULES.values() if rule.remediate for change in rule.remediate(subject)]
        assert repr(registration.properties) == before
        apply(changes, registration.properties)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(registrations(), min_size=1, max_size=4))
def test_stack_rules_never_raise(changed: list[Registration]) -> None:
    compliant = [Registration(type_token=made.type, properties=made.inputs, urn=made.urn) for made in OBJECTS.values()]
    registered = Stack([each for made in [*compliant, *changed] for each in resources_in(made, DEFAULT)], DEFAULT)
    findings = list(judge_stack(registered))
    assert well_formed(findings)
    judged = {rule.id: {each.urn for each in rule.check.judged(registered)} for rule in STACK_RULES.values()}
    assert all(finding.urn in judged[finding.rule.id] for finding in findings)
    assert list(judge_exemptions(registered, findings)) == []


@settings(max_examples=OVER_THE_PROTOCOL, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(registrations(FINITE))
def test_the_protocol_carries_every_absurdity(strict: Analyzer, registration: Registration) -> None:
    subject = resource(registration.properties, registration.type_token)
    strict.remediate([subject])
    strict.analyze([subject])


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40), st.dictionaries(st.text(max_size=10), JSON, max_size=4))
def test_any_resource_is_judged(token: str, properties: dict[str, Any]) -> None:
    for kind in (token, f"kubernetes:core/v1:{token}", "kubernetes:apps/v1:DeploymentList"):
        for subject in resources_in(Registration(type_token=kind, properties=properties), DEFAULT):
            list(judge(subject))
