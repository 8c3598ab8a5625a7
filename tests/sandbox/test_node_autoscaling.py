"""Nodes that come when GPU pods wait for them and go when they are idle, with the real Karpenter."""

from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client, config

from sandbox.control_plane import Cluster, ControlPlane
from sandbox.controllers import Karpenter
from sandbox.toolchain import Toolchain
from tests.sandbox.rest import Rest, deployments
from tests.waiting import soon

NAMESPACE = "gpu-work"
POOL = "trial"
MOST_GPUS = 3
KARPENTER_API = "/apis/karpenter.sh/v1"


def _silent(_message: str) -> None:
    pass


def _requirement(key: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": list(values)}


def _instance_type() -> dict[str, Any]:
    zone, capacity = "topology.kubernetes.io/zone", "karpenter.sh/capacity-type"
    offering = {"Price": 1.0, "Available": True}
    return {
        "name": "gpu-1x",
        "architecture": "amd64",
        "operatingSystems": ["linux"],
        "resources": {"cpu": "8", "memory": "32Gi", "ephemeral-storage": "100Gi", "nvidia.com/gpu": "1"},
        "offerings": [
            {**offering, "Requirements": [_requirement(capacity, "on-demand"), _requirement(zone, "sandbox-a")]}
        ],
    }


def _node_pool() -> dict[str, Any]:
    template = {
        "metadata": {"labels": {"pool": POOL}},
        "spec": {
            "nodeClassRef": {"group": "karpenter.kwok.sh", "kind": "KWOKNodeClass", "name": "default"},
            "taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}],
            "requirements": [_requirement("karpenter.sh/capacity-type", "on-demand")],
        },
    }
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": POOL},
        "spec": {
            "template": template,
            "limits": {"nvidia.com/gpu": str(MOST_GPUS)},
            "disruption": {
                "consolidationPolicy": "WhenEmpty",
                "consolidateAfter": "0s",
                "budgets": [{"nodes": "100%"}],
            },
        },
    }


def _deployment(replicas: int) -> dict[str, Any]:
    container = {
        "name": "server",
        "image": "registry.example/server:1",
        "resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "1", "nvidia.com/gpu": "1"}},
    }
    labels = {"app": "server"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "server"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "nodeSelector": {"pool": POOL},
                    "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}],
                    "containers": [container],
                },
            },
        },
    }


@pytest.fixture(scope="module")
def cluster(tools: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A control plane of its own: nodes that come and go would disturb the other tests."""
    plane = ControlPlane(tmp_path_factory.mktemp("karpenter"), tools)
    try:
        yield plane.start(_silent)
    finally:
        plane.delete(_silent)


@pytest.fixture(scope="module")
def karpenter(cluster: Cluster) -> None:
    Karpenter(cluster).start([_instance_type()], _silent)


@pytest.fixture
def rest(cluster: Cluster) -> Iterator[Rest]:
    with config.new_client_from_config(str(cluster.kubeconfig)) as api:
        client.CoreV1Api(api).create_namespace({"metadata": {"name": NAMESPACE}})
        yield Rest(api)


def _nodes(rest: Rest) -> int:
    return len(
        [node for node in rest.items("/api/v1/nodes").values() if node["metadata"]["labels"].get("pool") == POOL]
    )


def test_nodes_come_for_pods_that_wait_and_go_when_they_are_idle(karpenter: None, rest: Rest) -> None:
    node_class = {"apiVersion": "karpenter.kwok.sh/v1alpha1", "kind": "KWOKNodeClass", "metadata": {"name": "default"}}
    rest.post("/apis/karpenter.kwok.sh/v1alpha1/kwoknodeclasses", node_class)
    rest.post(f"{KARPENTER_API}/nodepools", _node_pool())
    rest.post(deployments(NAMESPACE), _deployment(2))
    server = f"{deployments(NAMESPACE)}/server"

    def ready() -> int:
        return rest.get(server)["status"].get("readyReplicas", 0)

    soon(lambda: ready() == 2, "a node for each pod")
    assert _nodes(rest) == 2

    rest.merge(server, {"spec": {"replicas": MOST_GPUS + 2}})
    soon(lambda: ready() == MOST_GPUS, "as many nodes as the limit allows")
    events = rest.items(f"/api/v1/namespaces/{NAMESPACE}/events").values
    soon(lambda: any("limit" in event["message"] for event in events()), "Karpenter says that the limit holds")
    assert _nodes(rest) == MOST_GPUS

    rest.merge(server, {"spec": {"replicas": 0}})
    soon(lambda: _nodes(rest) == 0, "idle nodes go")
