"""What the containers of a model's pods and import Jobs take: CPU, memory, devices, and the node's disk."""

from collections.abc import Mapping

from components.accelerators import device_amounts
from components.model_service.args import ModelServiceArgs, ServedVersion
from components.node_disk import node_disk
from components.security import SCRATCH_MEBIBYTES
from settings import quantity_value

_IMPORT_CPU = "500m"
_BRINGING_MEMORY = "512Mi"


def server_resources(served: ServedVersion) -> Mapping[str, str]:
    """Of the model server."""
    resources = served.args.resource_class
    return {
        "cpu": resources.cpu,
        "memory": resources.memory,
        **device_amounts(served.args.devices),
        **_pod_disk(served),
    }


def init_resources(served: ServedVersion) -> Mapping[str, str]:
    """Of the init container: all CPU that the pod keeps for its server, which does not run yet."""
    return {"cpu": served.args.resource_class.cpu, "memory": _BRINGING_MEMORY, **_pod_disk(served)}


def import_resources(served: ServedVersion) -> Mapping[str, str]:
    """Of the import Job, a pod of its own."""
    return {"cpu": _import_cpu(served.args), "memory": _BRINGING_MEMORY, **node_disk(SCRATCH_MEBIBYTES)}


def bringing_cpu(served: ServedVersion) -> str:
    """The CPU of the slower container that copies or checks the model's files."""
    return _import_cpu(served.args) if served.model.volume else served.args.resource_class.cpu


def _import_cpu(args: ModelServiceArgs) -> str:
    return min(_IMPORT_CPU, args.resource_class.cpu, key=quantity_value)


def _pod_disk(served: ServedVersion) -> Mapping[str, str]:
    """The copy of the model, unless that is on a volume, and scratch files."""
    copy = 0 if served.model.volume else served.model.copy_mebibytes
    return node_disk(copy, served.server.scratch_mebibytes)
