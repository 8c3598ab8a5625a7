"""Every rule on how resources go together, over the real analyzer protocol."""

from collections.abc import Callable
from typing import Any

import pytest

from catalogue import STACK_RULES
from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.policy_check.finding import Finding
from tests.policies.break_ import Break
from tests.policies.manifests import REMOVED, UNKNOWN, Manifest, changed, resources, stack
from tests.policies.stack_breaks import ABSURD, ALLOWED, READ_BY, SELECTOR, VIOLATIONS

Start = Callable[[dict[str, Any]], Analyzer]

MESH = {"authentication", "deny", "allow", "destination", "virtual", "istio", "telemetry", "entry", "envoy"}
IN_MESH = "metadata labels istio-injection"


def found(analyzer: Analyzer, manifests: dict[str, Manifest]) -> tuple[Finding, ...]:
    return analyzer.analyze_stack(resources(manifests))


def without(*names: str) -> dict[str, Manifest]:
    return {name: manifest for name, manifest in stack().items() if name not in names}


def rules(findings: tuple[Finding, ...]) -> set[tuple[str, str]]:
    return {(finding.rule, finding.level) for finding in findings}


def test_the_compliant_stack_has_no_finding(strict: Analyzer) -> None:
    assert found(strict, stack()) == ()


def test_every_stack_rule_is_tried() -> None:
    assert {change.rules for change in VIOLATIONS} == READ_BY.keys() == STACK_RULES.keys()


# After an update Pulumi asks stack rules about live objects, in which the API server has set what the program left out.
ADVICE = {("server", "spec replicas")}


@pytest.mark.parametrize("change", VIOLATIONS, ids=str)
def test_a_violation_is_reported_at_its_rules_level(strict: Analyzer, change: Break) -> None:
    findings = found(strict, change.manifests())
    (rule,) = {finding.rule for finding in findings}
    assert rule == change.rules
    for finding in findings:
        advice = (change.subject, change.path) in ADVICE
        assert finding.level == ("advisory" if advice else STACK_RULES[rule].level)
        assert finding.field
        assert finding.found
        assert finding.remedy
        assert finding.urn.startswith("urn:pulumi:test::inference::kubernetes:")
        assert not finding.unknown


@pytest.mark.parametrize("change", ALLOWED, ids=str)
def test_no_false_alarm(strict: Analyzer, change: Break) -> None:
    assert found(strict, change.manifests()) == ()


@pytest.mark.parametrize("rule", READ_BY)
def test_an_unknown_value_is_reported_and_stops_nothing(strict: Analyzer, rule: str) -> None:
    subject, path = READ_BY[rule]
    findings = found(strict, Break(rule, path, UNKNOWN, subject).manifests())
    assert rule in {finding.rule for finding in findings}
    assert {(finding.level, finding.unknown) for finding in findings} == {("advisory", True)}


@pytest.mark.parametrize("rule", READ_BY)
@pytest.mark.parametrize("value", ABSURD, ids=str)
def test_a_malformed_value_never_breaks_the_pack(strict: Analyzer, rule: str, value: Any) -> None:
    subject, path = READ_BY[rule]
    findings = found(strict, Break(rule, path, value, subject).manifests())
    assert (rule, False) in {(finding.rule, finding.unknown) for finding in findings}


def test_a_stack_without_a_mesh_needs_no_policies_of_one(strict: Analyzer) -> None:
    plain = {**without(*MESH), "models": changed(stack()["models"], IN_MESH, REMOVED)}
    assert found(strict, plain) == ()
    assert rules(found(strict, without(*MESH))) == {("N03", "mandatory"), ("N06", "mandatory")}


def test_a_pod_in_the_mesh_is_enough(strict: Analyzer) -> None:
    outside = {**without(*MESH), "models": changed(stack()["models"], IN_MESH, REMOVED)}
    inject = "spec template metadata labels sidecar.istio.io/inject"
    inside = {**outside, "server": changed(outside["server"], inject, "true")}
    assert rules(found(strict, inside)) == {("N03", "mandatory"), ("N06", "mandatory")}


def test_the_meshs_own_objects_ask_for_its_policies(strict: Analyzer) -> None:
    namespace = changed(stack()["models"], IN_MESH, REMOVED)
    deny = changed(stack()["deny"], "metadata namespace", "istio-system")
    findings = found(strict, {**without("authentication"), "models": namespace, "deny": deny})
    assert [(finding.rule, finding.found) for finding in findings] == [
        ("N03", "no STRICT PeerAuthentication for the mesh")
    ]


def test_a_model_that_nobody_watches_is_refused_in_production(strict: Analyzer) -> None:
    assert rules(found(strict, without("monitor", "alerts"))) == {("M10", "mandatory")}


def test_elsewhere_it_is_advice_where_the_stack_has_no_monitoring_at_all(configured: Start) -> None:
    trial = configured({"rules": {"production": False}})
    trial.analyze_each(resources(stack())[:1])
    assert rules(found(trial, without("monitor", "alerts"))) == {("M10", "advisory")}
    assert rules(found(trial, without("alerts"))) == {("M10", "mandatory")}


def test_an_alert_on_another_model_is_none_on_this(strict: Analyzer) -> None:
    other = changed(stack()["server"], "spec template metadata labels app.kubernetes.io/name", "iris")
    manifests = {**stack(), "iris": {**other, "metadata": {"name": "iris", "namespace": "models"}}}
    manifests["alerts"] = changed(manifests["alerts"], "spec groups 0 rules 0 expr", 'up{service="iris"} == 0')
    reported = [finding.urn for finding in found(strict, manifests) if finding.found == "no alerts"]
    assert [urn.rpartition("::")[2] for urn in reported] == ["server"]


def test_a_namespace_of_somebody_else_is_advice(strict: Analyzer) -> None:
    elsewhere = without("models", "default-deny", "quota", "authentication", "deny", "istio", *MESH)
    assert rules(found(strict, elsewhere)) == {("N01", "advisory"), ("M09", "advisory")}


def test_a_system_namespace_may_be_open(configured: Start) -> None:
    system = {"rules": {"systemNamespaces": {"models": "Run by the platform team."}}}
    analyzer = configured(system)
    analyzer.analyze_each(resources(without("default-deny"))[:1])
    assert rules(found(analyzer, without("default-deny"))) == set()


def test_two_autoscalers_fight_over_a_workload(strict: Analyzer) -> None:
    second = {**stack()["autoscaler"], "metadata": {"name": "second", "namespace": "models"}}
    findings = found(strict, {**stack(), "second": second})
    assert {finding.found for finding in findings} == {
        "also scaled by HorizontalPodAutoscaler/models/second",
        "also scaled by HorizontalPodAutoscaler/models/autoscaler",
    }


def test_keda_scales_as_well(strict: Analyzer) -> None:
    spec = {"scaleTargetRef": {"name": "server"}, "minReplicaCount": 1, "maxReplicaCount": 100}
    scaled = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "scaled", "namespace": "models"},
        "spec": spec,
    }
    findings = found(strict, {**without("autoscaler"), "scaled": scaled})
    assert {(finding.rule, finding.field) for finding in findings} == {
        ("M05", "spec.minReplicaCount"),
        ("M05", "spec.maxReplicaCount"),
    }


def test_a_model_without_an_autoscaler_has_two_servers_in_production(strict: Analyzer, configured: Start) -> None:
    fixed = without("autoscaler")
    assert rules(found(strict, fixed)) == {("M05", "mandatory")}
    two = {**fixed, "server": changed(fixed["server"], "spec replicas", 2)}
    assert found(strict, two) == ()
    trial = configured({"rules": {"production": False}})
    trial.analyze_each(resources(fixed)[:1])
    assert rules(found(trial, fixed)) == set()


def test_a_stopped_server_needs_no_second_one_and_no_running_autoscaler(strict: Analyzer) -> None:
    stopped = {**without("autoscaler"), "server": changed(without("autoscaler")["server"], "spec replicas", 0)}
    assert found(strict, stopped) == ()
    paused = {**stack(), "server": changed(stack()["server"], "spec replicas", 0)}
    assert found(strict, paused) == ()


def test_two_budgets_for_a_pod_forbid_every_eviction(strict: Analyzer) -> None:
    second = {**stack()["budget"], "metadata": {"name": "second", "namespace": "models"}}
    (finding,) = found(strict, {**stack(), "second": second})
    assert (finding.rule, finding.found) == (
        "M06",
        "PodDisruptionBudget/models/budget, PodDisruptionBudget/models/second",
    )


@pytest.mark.parametrize(
    "owner",
    [
        {"apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus", "metadata": {"name": "k8s"}},
        {"apiVersion": "helm.sh/v3", "kind": "Release", "metadata": {"name": "any"}, "namespace": "models"},
    ],
    ids=lambda owner: owner["kind"],
)
@pytest.mark.parametrize(
    ("name", "path", "rule"), [("budget", SELECTOR, "M06"), ("autoscaler", "spec scaleTargetRef name", "M05")]
)
def test_what_another_owner_makes_is_advice(strict: Analyzer, owner: Manifest, name: str, path: str, rule: str) -> None:
    owner = {**owner, "metadata": {**owner["metadata"], "namespace": "models"}}
    broken = {**stack(), name: changed(stack()[name], path, "k8s")}
    assert (rule, "mandatory") in rules(found(strict, broken))
    assert (rule, "advisory") in rules(found(strict, {**broken, "owner": owner}))


@pytest.mark.parametrize(
    ("source", "is_everybody"),
    [
        ({"principals": ["*"]}, True),
        ({"principals": ["*"], "namespaces": ["gateway"]}, False),
        ({"ipBlocks": ["0.0.0.0/1"]}, True),
        ({"ipBlocks": ["192.0.2.0/24"]}, False),
        ({"notNamespaces": ["default"]}, True),
        ({"principals": ["cluster.local/ns/gateway/sa/gateway"]}, False),
        ({"requestPrincipals": ["*"]}, False),
    ],
    ids=str,
)
def test_a_caller_that_stands_for_all_is_everybody(strict: Analyzer, source: Manifest, *, is_everybody: bool) -> None:
    allow = changed(stack()["allow"], "spec rules 0 from 0 source", source)
    assert rules(found(strict, {**stack(), "allow": allow})) == ({("N06", "mandatory")} if is_everybody else set())


def test_a_copy_needs_no_backup(strict: Analyzer) -> None:
    bare = without("backups", "logs")
    assert rules(found(strict, bare)) == {("D10", "advisory")}
    copied = changed(bare["claim"], "metadata annotations inference/restored-from", "s3://models")
    assert found(strict, {**bare, "claim": copied}) == ()


def test_k8up_backs_up_its_own_namespace(strict: Analyzer) -> None:
    schedule = {"apiVersion": "k8up.io/v1", "kind": "Schedule", "metadata": {"name": "a", "namespace": "models"}}
    assert found(strict, {**without("backups", "logs"), "schedule": schedule}) == ()


def test_policies_of_a_mesh_in_a_namespace_of_somebody_else_are_enough(strict: Analyzer) -> None:
    """The stack has the mesh's objects, and not the namespace that they close."""
    findings = found(strict, without("models", "istio"))
    assert {"N03", "N06"} & {finding.rule for finding in findings} == set()


def test_policies_of_a_mesh_close_no_other_namespace(strict: Analyzer) -> None:
    """Another object of the mesh is in a namespace that nothing of the stack closes."""
    elsewhere = changed(stack()["allow"], "metadata namespace", "shop")
    findings = found(strict, {**without("models", "istio"), "elsewhere": elsewhere})
    assert {"N03", "N06"} <= {finding.rule for finding in findings}
