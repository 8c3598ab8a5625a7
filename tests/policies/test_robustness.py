"""No manifest breaks a rule, however absurd."""

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue import RULES
from configuration import Configuration
from finding import judge
from remediation import apply
from subject import resources_in
from tests.policies.manifests import POD_LOCATIONS, UNKNOWN, pod, workload

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20) | st.just(UNKNOWN) | st.just("9" * 400 + "Ei"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every property below ``value``."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in members for place in ((*path, key), *places(item, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A workload with up to three of its properties replaced by anything."""
    kind = draw(st.sampled_from(sorted(POD_LOCATIONS)))
    manifest = workload(kind, pod())
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places(manifest)))
        parent: Any = manifest
        for step in place[:-1]:
            parent = parent[step]
        parent[place[-1]] = draw(JSON)
    api_version, _ = POD_LOCATIONS[kind]
    return draw(st.sampled_from([f"kubernetes:{api_version}:{kind}", "kubernetes:example.com/v1:Thing"])), manifest


@settings(max_examples=400, deadline=None)
@given(mutated())
def test_rules_and_remediations_never_raise(subject: tuple[str, dict[str, Any]]) -> None:
    token, manifest = subject
    before = copy.deepcopy(manifest)
    for resource in resources_in(token, manifest, Configuration()):
        for finding in judge(resource):
            assert finding.message().count("\n") == 3
        changes = [change for rule in RULES.values() if rule.remediate for change in rule.remediate(resource)]
        assert repr(manifest) == repr(before)
        apply(changes, manifest)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40), st.dictionaries(st.text(max_size=10), JSON, max_size=4))
def test_any_resource_is_judged(token: str, properties: dict[str, Any]) -> None:
    for kind in (token, f"kubernetes:core/v1:{token}", "kubernetes:apps/v1:DeploymentList"):
        for resource in resources_in(kind, properties, Configuration()):
            list(judge(resource))
