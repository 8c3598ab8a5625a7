"""The namespace of the models: restricted, bounded and closed."""

from typing import Any

import pytest

from components import closed_namespaces
from components.model_namespace import ModelNamespaceArgs, manifests
from settings import Quota, RuntimeClass, Taint

QUOTA = Quota(cpu="64", memory="256Gi", storage="100Gi", gpus=4, pods=100)
ARGS = ModelNamespaceArgs(namespace="models", quota=QUOTA)


def test_pod_security_is_enforced_and_not_only_warned_of() -> None:
    made: Any = manifests.namespace(ARGS)
    for mode in ("enforce", "audit", "warn"):
        assert made.metadata.labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"
        assert made.metadata.labels[f"pod-security.kubernetes.io/{mode}-version"] == "latest"


def test_nothing_goes_in_or_out_by_default() -> None:
    made: Any = closed_namespaces.default_deny("models")
    assert made.spec.policy_types == ["Ingress", "Egress"]
    assert made.spec.pod_selector.match_labels is None
    assert made.spec.ingress is None
    assert made.spec.egress is None


def test_names_are_looked_up_at_the_clusters_dns_only() -> None:
    made: Any = manifests.allow_dns("models")
    (rule,) = made.spec.egress
    (peer,) = rule.to
    assert peer.namespace_selector.match_labels == {"kubernetes.io/metadata.name": "kube-system"}
    assert peer.pod_selector.match_labels == {"k8s-app": "kube-dns"}
    assert {(port.protocol, port.port) for port in rule.ports} == {("UDP", 53), ("TCP", 53)}
    assert made.spec.policy_types == ["Egress"]


@pytest.mark.parametrize(
    ("entry", "amount"),
    [
        ("requests.cpu", "64"),
        ("limits.cpu", "64"),
        ("requests.memory", "256Gi"),
        ("limits.memory", "256Gi"),
        ("requests.storage", "100Gi"),
        ("requests.nvidia.com/gpu", "4"),
        ("pods", "100"),
    ],
)
def test_the_quota_bounds(entry: str, amount: str) -> None:
    made: Any = manifests.resource_quota(ModelNamespaceArgs(namespace="models", quota=QUOTA))
    assert made.spec.hard[entry] == amount


def test_a_container_that_names_no_resources_still_fits_the_quota() -> None:
    made: Any = manifests.limit_range("models")
    (limit,) = made.spec.limits
    assert limit.type == "Container"
    assert set(limit.default) == set(limit.default_request) == {"cpu", "memory"}


def test_model_servers_go_before_unmarked_pods() -> None:
    made: Any = manifests.serving_priority("models")
    assert made.value > 0
    assert made.global_default is False
    assert made.metadata.name == "models-serving"


@pytest.mark.parametrize(
    ("runtime", "placed"),
    [
        (RuntimeClass(), None),
        (RuntimeClass(node_selector={"sandbox": "gvisor"}), ({"sandbox": "gvisor"}, [])),
        (RuntimeClass(taints=(Taint(key="sandbox"),)), ({}, ["sandbox"])),
    ],
)
def test_pods_of_a_runtime_class_go_to_its_nodes(runtime: RuntimeClass, placed: Any) -> None:
    made: Any = manifests.runtime_class("gvisor", "runsc", runtime)
    assert (made.handler, made.overhead) == ("runsc", None)
    found = made.scheduling
    assert (found and (found.node_selector, [toleration.key for toleration in found.tolerations])) == placed
