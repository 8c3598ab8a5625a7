"""A workload that is stopped is done once its last pod is gone: until then the pod keeps its GPU."""

from typing import Any

import pytest

from inferencectl.deployer.readiness import ClusterState, readiness


def state(kind: str, wanted: int, **status: int) -> dict[str, Any]:
    metadata = {"name": "mnist-v1", "namespace": "models", "generation": 2}
    spec = {"replicas": wanted}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": metadata,
        "spec": spec,
        "status": {"observedGeneration": 2, **status},
    }


@pytest.mark.parametrize(("kind", "count"), [("Deployment", "terminatingReplicas"), ("StatefulSet", "replicas")])
def test_a_stopped_workload_waits_for_its_pods_to_end(kind: str, count: str) -> None:
    assert not readiness(state(kind, 0, **{count: 1}), ClusterState()).ready
    assert readiness(state(kind, 0, **{count: 0}), ClusterState()).ready
    assert readiness(state(kind, 0), ClusterState()).ready


def test_a_running_workload_does_not_wait_for_pods_that_drain() -> None:
    """A rollout is over once the new pods are available; Pulumi judges it likewise."""
    counts = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, "readyReplicas": 2, "terminatingReplicas": 1}
    assert readiness(state("Deployment", 2, **counts), ClusterState()).ready
