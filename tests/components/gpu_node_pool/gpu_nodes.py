"""Nodes with accelerators, as a pool's provisioner and the vendor's device plug-in would leave them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from kubernetes.client import ApiClient, CoreV1Api

from components.device_plugin import node_labels
from settings import POOL_LABEL, GpuPool
from tests.inferencectl.rest import Rest


def gpu_node(pool: GpuPool, number: int) -> dict[str, Any]:
    """A node of a pool, with as many devices as its cards have."""
    devices = {offer.resource: str(pool.cards_per_node * offer.per_card) for offer in pool.offers}
    capacity = {"cpu": "64", "memory": "256Gi", "ephemeral-storage": "500Gi", "pods": "110", **devices}
    name = f"{pool.name}-{number}"
    standard = {"kubernetes.io/arch": "amd64", "kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}
    labels = {POOL_LABEL: pool.name, **standard, **node_labels(pool)}
    vendors = {"key": pool.card.names.resource, "value": "present", "effect": "NoSchedule"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": [vendors, *(taint.model_dump() for taint in pool.taints)]},
        "status": {"capacity": capacity, "allocatable": capacity},
    }


@contextmanager
def nodes_of(api: ApiClient, pools: Sequence[GpuPool]) -> Iterator[Mapping[str, str]]:
    """As many nodes of each pool as it has at most, gone in the end; their pools by their names."""
    made = [gpu_node(pool, number) for pool in pools for number in range(pool.max_nodes)]
    rest = Rest(api)
    try:
        for each in made:
            rest.post("/api/v1/nodes", each)
        yield {each["metadata"]["name"]: each["metadata"]["labels"][POOL_LABEL] for each in made}
    finally:
        for pool in pools:
            CoreV1Api(api).delete_collection_node(label_selector=f"{POOL_LABEL}={pool.name}")
