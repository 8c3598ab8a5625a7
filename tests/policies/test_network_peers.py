"""Whom a network policy lets in and out, in whatever words (N02)."""

from typing import Any

import pytest

from inferencectl.policy_check.analyzer import Analyzer
from tests.policies.manifests import changed, deployment, resource, stack

NAME = "kubernetes.io/metadata.name"
CILIUM = {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": {"name": "a", "namespace": "models"}}


def selecting(*expressions: tuple[str, str, list[str]]) -> dict[str, Any]:
    terms = [{"key": key, "operator": operator, "values": values} for key, operator, values in expressions]
    return {"namespaceSelector": {"matchExpressions": terms}}


def block(cidr: str, *excepted: str) -> dict[str, Any]:
    return {"ipBlock": {"cidr": cidr, "except": list(excepted)}}


@pytest.mark.parametrize(
    ("peer", "is_open"),
    [
        (selecting((NAME, "Exists", [])), True),
        (selecting((NAME, "NotIn", ["kube-system"])), True),
        (selecting(("team", "DoesNotExist", []), (NAME, "Exists", [])), True),
        (selecting(("team", "Exists", [])), False),
        (selecting((NAME, "In", ["gateway"])), False),
        ({**selecting((NAME, "Exists", [])), "podSelector": {"matchLabels": {"app": "a"}}}, False),
        (block("169.254.169.254/32"), True),
        (block("169.254.0.0/16"), True),
        (block("169.254.0.0/16", "169.254.169.254/32"), False),
        (block("169.254.20.10/32"), False),
        (block("fd00:ec2::254/128"), True),
        (block("100.64.0.0/10"), False),
        (block("100.100.100.200/32"), True),
    ],
    ids=str,
)
def test_a_peer_that_stands_for_all_or_for_the_node_is_found(strict: Analyzer, peer: Any, *, is_open: bool) -> None:
    policy = changed(stack()["allow-clients"], "spec egress 0 to 0", peer)
    assert [finding.rule for finding in strict.analyze_each([resource(policy)])] == ["N02"] * is_open


@pytest.mark.parametrize(
    ("spec", "is_open"),
    [
        ({"egress": [{"toEntities": ["world"]}]}, True),
        ({"egress": [{"toCIDR": ["0.0.0.0/0"]}]}, True),
        ({"egress": [{"toCIDR": ["169.254.169.254/32"]}]}, True),
        ({"ingress": [{"fromEntities": ["all"]}]}, True),
        ({"egress": [{"toEntities": ["kube-apiserver"], "toCIDR": ["192.0.2.0/24"]}]}, False),
        ({"ingress": [{"fromEndpoints": [{"matchLabels": {"app": "a"}}]}]}, False),
    ],
    ids=str,
)
def test_ciliums_policies_are_read_too(strict: Analyzer, spec: Any, *, is_open: bool) -> None:
    assert [finding.rule for finding in strict.analyze_each([resource({**CILIUM, "spec": spec})])] == ["N02"] * is_open


@pytest.mark.parametrize("label", ["gateway.networking.k8s.io/gateway-name", "app"])
def test_no_pod_of_the_program_passes_for_the_proxy_of_a_gateway(strict: Analyzer, label: str) -> None:
    """A policy for pods with that label may let everybody in."""
    posing = changed(deployment(), f"spec template metadata labels {label}", "public")
    found = [finding.rule for finding in strict.analyze_each([resource(posing)])]
    assert found == ["N02"] * (label != "app")
