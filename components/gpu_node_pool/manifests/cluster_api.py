"""A pool as Cluster API's MachineDeployment, sized by the cluster autoscaler.

Sources: https://cluster-api.sigs.k8s.io/user/concepts#machinedeployment, and the annotations that the autoscaler reads
(https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/clusterapi/README.md).
"""

from collections.abc import Mapping
from typing import Any

from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.gpu_node_pool.manifests import marks
from components.metadata import object_metadata
from settings import GpuPool, MachineTemplate, ObjectReference

_CAPACITY = "capacity.cluster-autoscaler.kubernetes.io"
_GROUP = "cluster.x-k8s.io/cluster-api-autoscaler-node-group"
_SEVERAL = 2


def metadata(pool: GpuPool, machine: MachineTemplate) -> ObjectMetaArgs:
    """The pool's bounds and what one of its nodes has: all that the autoscaler knows while there is no node."""
    annotations = {
        f"{_GROUP}-min-size": str(pool.min_nodes),
        f"{_GROUP}-max-size": str(pool.max_nodes),
        f"{_CAPACITY}/cpu": machine.cpu,
        f"{_CAPACITY}/memory": machine.memory,
        # Pods request disk: without this, none would fit on the first node of an empty pool.
        f"{_CAPACITY}/ephemeral-disk": machine.disk,
        f"{_CAPACITY}/labels": ",".join(f"{key}={value}" for key, value in _node_labels(pool).items()),
        f"{_CAPACITY}/taints": ",".join(f"{each.key}={each.value}:{each.effect}" for each in marks.taints(pool)),
        **_devices(pool),
    }
    return object_metadata(pool.name, machine.namespace, annotations=annotations)


def _devices(pool: GpuPool) -> Mapping[str, str]:
    """A single kind of device: the annotations cannot describe more, so other pools always keep a node."""
    if len(pool.offers) >= _SEVERAL:
        return {}
    (offer,) = pool.offers
    return {
        f"{_CAPACITY}/gpu-type": offer.resource,
        f"{_CAPACITY}/gpu-count": str(pool.cards_per_node * offer.per_card),
    }


def _node_labels(pool: GpuPool) -> Mapping[str, str]:
    zone = {"topology.kubernetes.io/zone": pool.zones[0]} if pool.zones else {}
    return {**marks.labels(pool), **zone}


def spec(pool: GpuPool, machine: MachineTemplate) -> dict[str, Any]:
    """Machines of the stack's templates. The autoscaler sets the number; the bootstrap template sets the taints."""
    selector = {
        "cluster.x-k8s.io/cluster-name": machine.cluster_name,
        "cluster.x-k8s.io/deployment-name": pool.name,
    }
    template = {
        "clusterName": machine.cluster_name,
        "version": machine.version,
        "bootstrap": {"configRef": _reference(machine.bootstrap)},
        "infrastructureRef": _reference(machine.infrastructure),
        **({"failureDomain": pool.zones[0]} if pool.zones else {}),
    }
    return {
        "clusterName": machine.cluster_name,
        "selector": {"matchLabels": selector},
        "template": {"metadata": {"labels": {**selector, **marks.labels(pool)}}, "spec": template},
    }


def _reference(template: ObjectReference) -> Mapping[str, str]:
    return {"apiGroup": template.group, "kind": template.kind, "name": template.name}
