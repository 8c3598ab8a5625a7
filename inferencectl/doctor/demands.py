"""What the workloads of a program ask of a cluster beside objects: devices of nodes, and metrics to scale by."""

from collections.abc import Mapping, Sequence

from inferencectl.capacity.usage import usage_of
from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.objects import KubernetesObject
from inferencectl.doctor.references import pod_spec

_METRICS = {
    "Resource": "metrics.k8s.io",
    "ContainerResource": "metrics.k8s.io",
    "Pods": "custom.metrics.k8s.io",
    "Object": "custom.metrics.k8s.io",
    "External": "external.metrics.k8s.io",
}
_MAKES_NODES = ("NodePool.karpenter.sh", "MachineDeployment.cluster.x-k8s.io", "MachinePool.cluster.x-k8s.io")


def accelerators(objects: Sequence[KubernetesObject]) -> Mapping[str, ObjectKey]:
    """The devices that pods ask for, each with the first workload that does; none where the stack makes the nodes."""
    if any(item.key.group_kind in _MAKES_NODES or _is_plugin(item) for item in objects):
        return {}
    found: dict[str, ObjectKey] = {}
    for item in objects:
        for resource in usage_of(pod_spec(item.manifest) or {"containers": []}):
            name = resource.removeprefix("requests.").removeprefix("limits.")
            if "/" in name:
                found.setdefault(name, item.key)
    return found


def metrics_apis(objects: Sequence[KubernetesObject]) -> Mapping[str, ObjectKey]:
    """The API groups that autoscalers ask for metrics, each with the first that does."""
    found: dict[str, ObjectKey] = {}
    for item in objects:
        if item.key.group_kind == "HorizontalPodAutoscaler.autoscaling":
            for metric in item.manifest["spec"].get("metrics") or ():
                found.setdefault(_METRICS[metric["type"]], item.key)
    return found


def _is_plugin(item: KubernetesObject) -> bool:
    """Whether it makes nodes offer their devices once it runs."""
    return item.key.kind == "DaemonSet" and item.key.name.endswith("-device-plugin")
