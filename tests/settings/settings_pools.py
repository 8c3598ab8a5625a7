"""The dev stack with pools: `iris` asks for the devices of the one pool, which edits change."""

from collections.abc import Mapping, Sequence
from typing import Any

from settings import Devices, load
from tests.settings.settings_stack import DELETED, edited, problems

KARPENTER: Mapping[str, Any] = {
    "name": "shared",
    "provisioner": "karpenter",
    "accelerator": "a100-40gb",
    "maxNodes": 2,
    "nodeClass": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"},
    "instanceTypes": ["p4d.24xlarge"],
}
EXISTING: Mapping[str, Any] = {
    "name": "shared",
    "provisioner": "existing",
    "accelerator": "a100-40gb",
    "maxNodes": 2,
}
MACHINE: Mapping[str, Any] = {
    "clusterName": "inference",
    "namespace": "machines",
    "version": "v1.36.3",
    "bootstrap": {"group": "bootstrap.cluster.x-k8s.io", "kind": "KubeadmConfigTemplate", "name": "gpu"},
    "infrastructure": {"group": "infrastructure.cluster.x-k8s.io", "kind": "Metal3MachineTemplate", "name": "gpu"},
    "cpu": 8,
    "memory": "64Gi",
    "disk": "100Gi",
}
CLUSTER_API: Mapping[str, Any] = {**EXISTING, "provisioner": "cluster-api", "machine": MACHINE}
TIME_SLICING: Mapping[str, Any] = {"strategy": "time-slicing", "replicas": 4}
QUARTER: Mapping[str, Any] = {"accelerator": "a100-40gb", "share": 0.25}


def stack(pools: Sequence[Mapping[str, Any]], gpu: object = QUARTER, **iris: Any) -> dict[str, Any]:
    """Edits that give the dev stack pools, and `iris` a class that asks for ``gpu``; prices would have to name it."""
    return {
        "prices": DELETED,
        "pools": [dict(pool) for pool in pools],
        "resourceClasses": {"accelerated": {"cpu": 2, "memory": "8Gi", "gpu": gpu}},
        "gpuSoftware": {"namespace": "gpu-operator"},
        "quota": {"gpus": 64},
        "models.1.resources": "accelerated",
        **{f"models.1.{key}": value for key, value in iris.items()},
    }


def devices(pools: Sequence[Mapping[str, Any]], gpu: object = QUARTER, **iris: Any) -> Devices:
    """What `iris` gets."""
    platform = load("dev", edited(stack(pools, gpu, **iris)))
    found = platform.devices_of(platform.models[1])
    assert found is not None
    return found


def reported(pools: Sequence[Mapping[str, Any]], gpu: object = QUARTER, **iris: Any) -> list[str]:
    """What is wrong with the stack."""
    return problems(stack(pools, gpu, **iris))
