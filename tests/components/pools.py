"""Pools of every provisioner, every way of sharing and every vendor, and what a pod asks of them."""

from collections.abc import Mapping
from typing import Any

from settings import (
    CapacityType,
    Consolidation,
    Devices,
    Disruption,
    DisruptionBudget,
    GpuPool,
    GpuRequest,
    MachineTemplate,
    NodeLimits,
    ObjectReference,
    Offer,
    Provisioner,
    ResourceClass,
    Sharing,
    SharingStrategy,
    Taint,
)

NODE_CLASS = ObjectReference(group="karpenter.k8s.aws", kind="EC2NodeClass", name="gpu")
MACHINE = MachineTemplate(
    cluster_name="inference",
    namespace="machines",
    version="v1.36.3",
    bootstrap=ObjectReference(group="bootstrap.cluster.x-k8s.io", kind="KubeadmConfigTemplate", name="gpu"),
    infrastructure=ObjectReference(group="infrastructure.cluster.x-k8s.io", kind="Metal3MachineTemplate", name="gpu"),
    cpu="96",
    memory="1Ti",
    disk="3Ti",
)
TIME_SLICING = Sharing(strategy=SharingStrategy.TIME_SLICING, replicas=4)
MPS = Sharing(strategy=SharingStrategy.MPS, replicas=8)
MIG_SINGLE = Sharing(strategy=SharingStrategy.MIG_SINGLE, profiles={"1g.10gb": 7})
MIG_MIXED = Sharing(strategy=SharingStrategy.MIG_MIXED, profiles={"3g.20gb": 1, "2g.10gb": 1, "1g.5gb": 2})


def karpenter(**fields: Any) -> GpuPool:
    defaults: dict[str, Any] = {
        "name": "pool",
        "accelerator": "a100-40gb",
        "max_nodes": 4,
        "node_class": NODE_CLASS,
        "instance_types": ("p4d.24xlarge",),
    }
    return GpuPool(provisioner=Provisioner.KARPENTER, **{**defaults, **fields})


def machines(**fields: Any) -> GpuPool:
    defaults: dict[str, Any] = {"name": "pool", "accelerator": "h100", "max_nodes": 4, "machine": MACHINE}
    return GpuPool(provisioner=Provisioner.CLUSTER_API, **{**defaults, **fields})


def existing(**fields: Any) -> GpuPool:
    defaults: dict[str, Any] = {"name": "pool", "accelerator": "l4", "max_nodes": 4}
    return GpuPool(provisioner=Provisioner.EXISTING, **{**defaults, **fields})


POOLS: Mapping[str, GpuPool] = {
    "karpenter": karpenter(),
    "karpenter-shared": karpenter(
        sharing=TIME_SLICING,
        spare=2,
        capacity=tuple(CapacityType),
        zones=("eu-central-1a", "eu-central-1b"),
        weight=10,
        labels={"team": "vision"},
        taints=(Taint(key="team", value="vision"),),
        limits=NodeLimits(cpu="384"),
        disruption=Disruption(
            consolidation=Consolidation.UNDERUTILIZED,
            expire_after_hours=None,
            budgets=(
                DisruptionBudget(nodes=1),
                DisruptionBudget(nodes=0, schedule="0 8 * * MON-FRI", duration_minutes=600),
            ),
        ),
    ),
    "karpenter-mig": karpenter(sharing=MIG_MIXED, spare=1),
    "karpenter-amd": karpenter(accelerator="mi300x", instance_types=("mi300x.48xlarge",)),
    "cluster-api": machines(sharing=MIG_SINGLE, spare=1, zones=("eu-central-1a",)),
    "cluster-api-gaudi": machines(accelerator="gaudi3", min_nodes=1),
    "existing": existing(sharing=MPS, spare=3, labels={"nvidia.com/gpu.product": "NVIDIA-L4-SHARED"}),
}
"""The kinds of pools, by what is special about them."""


def asking_for(pool: GpuPool, offer: Offer) -> ResourceClass:
    """The resource class of pods that ask for one device of a kind that the pool offers."""
    amount: dict[str, Any] = {"count": 1} if offer.is_whole else {"share": float(offer.share)}
    return ResourceClass(cpu="1", memory="2Gi", gpu=GpuRequest(accelerator=pool.accelerator, **amount))


def _first(pool: GpuPool) -> Devices:
    return pool.devices(pool.offers[0])


MODEL_POOLS: Mapping[str, GpuPool] = {
    "shared": POOLS["karpenter-shared"],
    "mig": POOLS["karpenter-mig"],
    "amd": POOLS["karpenter-amd"],
    "gaudi": POOLS["cluster-api-gaudi"],
}
"""Those that models of the examples run on."""

DEVICES: Mapping[str, Devices] = {kind: _first(pool) for kind, pool in MODEL_POOLS.items()}
"""What a model's pod asks of some of them."""
