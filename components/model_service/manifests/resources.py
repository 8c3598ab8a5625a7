"""What the containers of a model's pods and import Jobs take: CPU, memory, and the node's disk.

The disk is counted as the kubelet does: a pod is evicted once its containers' logs and root file systems and all its
emptyDirs on disk take more than the limits of its containers together, or of an init container if that is more. So
every container states what the whole pod takes. Source: pkg/kubelet/eviction/eviction_manager.go of Kubernetes 1.36.
"""

from collections.abc import Mapping

from components.accelerators import device_amounts
from components.model_service.args import ModelServiceArgs, ServedVersion
from components.security import SCRATCH_MEBIBYTES
from settings import quantity_value

# A container keeps five log files of 10 MiB (the kubelet's containerLogMaxFiles and containerLogMaxSize); a pod has two
# containers one after the other.
_LOGS_MEBIBYTES = 128
_IMPORT_CPU = "500m"
_BRINGING_MEMORY = "512Mi"


def server_resources(served: ServedVersion) -> Mapping[str, str]:
    """Of the model server."""
    resources = served.args.resource_class
    return {
        "cpu": resources.cpu,
        "memory": resources.memory,
        **device_amounts(served.args.devices),
        "ephemeral-storage": _pod_disk(served),
    }


def init_resources(served: ServedVersion) -> Mapping[str, str]:
    """Of the init container: all CPU that the pod keeps for its server, which does not run yet."""
    return {"cpu": served.args.resource_class.cpu, "memory": _BRINGING_MEMORY, "ephemeral-storage": _pod_disk(served)}


def import_resources(served: ServedVersion) -> Mapping[str, str]:
    """Of the import Job, a pod of its own."""
    disk = f"{SCRATCH_MEBIBYTES + _LOGS_MEBIBYTES}Mi"
    return {"cpu": _import_cpu(served.args), "memory": _BRINGING_MEMORY, "ephemeral-storage": disk}


def bringing_cpu(served: ServedVersion) -> str:
    """The CPU of the slower container that copies or checks the model's files."""
    return _import_cpu(served.args) if served.model.volume else served.args.resource_class.cpu


def _import_cpu(args: ModelServiceArgs) -> str:
    return min(_IMPORT_CPU, args.resource_class.cpu, key=quantity_value)


def _pod_disk(served: ServedVersion) -> str:
    """What a pod writes to its node: the copy of the model unless it is on a volume, scratch files, and logs."""
    copy = 0 if served.model.volume else served.model.copy_mebibytes
    return f"{copy + served.server.scratch_mebibytes + _LOGS_MEBIBYTES}Mi"
