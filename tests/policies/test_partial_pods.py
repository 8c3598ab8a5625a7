"""What a custom resource says of its operator's pods is judged, and what it leaves out is not."""

from typing import Any

import pytest

from inferencectl.policy_check.analyzer import Analyzer
from tests.policies.manifests import UNKNOWN, resource

PRIVILEGED = {"securityContext": {"privileged": True}}
NODE = [{"name": "node", "hostPath": {"path": "/srv"}}]


def rules(analyzer: Analyzer, spec: Any, api_version: str = "example.com/v1") -> set[str]:
    return {finding.rule for finding in found(analyzer, spec, api_version)}


def found(analyzer: Analyzer, spec: Any, api_version: str = "example.com/v1") -> Any:
    metadata = {"name": "x", "namespace": "models"}
    return analyzer.analyze_each(
        [resource({"apiVersion": api_version, "kind": "Thing", "metadata": metadata, "spec": spec})]
    )


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"podTemplate": {"spec": {"hostPID": True}}}, {"P02"}),
        ({"podTemplate": {"hostNetwork": True, "volumes": NODE}}, {"P02", "P03", "P15"}),
        ({"steps": [{"name": "a", "image": "alpine:latest", "script": "true"}]}, {"S01", "S02"}),
        ({"stepTemplate": PRIVILEGED}, {"P01"}),
        (
            {"templates": [{"container": {"image": "ghcr.io/somebody/x:1@sha256:" + "0" * 64, **PRIVILEGED}}]},
            {"P01", "S02"},
        ),
        ({"server": {"securityContext": {"runAsUser": 0}}}, {"P13"}),
        (
            {"server": {"image": "registry.k8s.io/pause:3", "env": [{"name": "PASSWORD", "value": "a b"}]}},
            {"D01", "S01"},
        ),
        ({"server": {"serviceAccountName": "default"}}, {"R07"}),
        ({"containers": [], "image": "registry.example/x:latest"}, {"S01", "S02"}),
    ],
    # A set has another order in each process, and the processes of a test run must agree on the names.
    ids=lambda value: ", ".join(sorted(value)) if isinstance(value, set) else str(value)[:60],
)
def test_what_is_written_is_judged(strict: Analyzer, spec: Any, expected: set[str]) -> None:
    assert rules(strict, spec) == expected


@pytest.mark.parametrize(
    "spec",
    [
        {"podTemplate": {"spec": {"securityContext": {"fsGroup": 1000}, "tolerations": []}}},
        {"server": {"serviceAccountName": "own", "hostNetwork": False}},
        {"flavor": "m1.large", "image": "ubuntu-24.04"},
        {"image": {"repository": "registry.example/x", "tag": "latest"}},
        {"image": "https://images.example/disk.qcow2"},
        {"pilot": {"image": "pilot", "env": {"PASSWORD": "a"}}},
        {"volumes": ["a:/b"], "hostNetwork": "yes"},
    ],
    ids=str,
)
def test_what_is_left_out_and_what_is_no_pod_is_not_judged(strict: Analyzer, spec: Any) -> None:
    assert found(strict, spec) == ()


@pytest.mark.parametrize("group", ["kyverno.io/v1", "constraints.gatekeeper.sh/v1beta1"])
def test_a_pattern_of_pods_is_none(strict: Analyzer, group: str) -> None:
    assert found(strict, {"rules": [{"validate": {"pattern": {"spec": {"hostNetwork": True}}}}]}, group) == ()


def test_what_is_not_known_yet_is_reported(strict: Analyzer) -> None:
    (finding,) = found(strict, {"podTemplate": {"spec": {"hostNetwork": UNKNOWN}}})
    assert (finding.rule, finding.level, finding.unknown) == ("P02", "advisory", True)


@pytest.mark.parametrize(
    ("api_version", "kind", "field"),
    [
        ("helm.sh/v3", "Release", "chart"),
        ("helm.toolkit.fluxcd.io/v2", "HelmRelease", "spec.chart"),
        ("argoproj.io/v1alpha1", "Application", "spec"),
        ("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "spec.path"),
    ],
)
def test_what_is_installed_from_elsewhere_is_advice(strict: Analyzer, api_version: str, kind: str, field: str) -> None:
    manifest = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", "namespace": "models"}}
    (finding,) = strict.analyze_each([resource({**manifest, "chart": "x", "spec": {"chart": {}, "path": "./x"}})])
    assert (finding.rule, finding.level, finding.field) == ("S04", "advisory", field)


def test_a_role_on_everything_is_one_finding(strict: Analyzer) -> None:
    everything = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "x"}}
    (finding,) = strict.analyze_each([resource({**role, "rules": [everything]})])
    assert (finding.rule, finding.found) == ("R02", "wildcards in apiGroups, resources, verbs")
