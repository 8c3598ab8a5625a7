"""When an object is ready for its dependants, by kind, following Pulumi's provider.

One difference: a Service needs a ready endpoint, not just an endpoint.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from inferencectl.deployer import wait_for
from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.resources import Resources


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """Whether an object is ready; `detail` says what is missing, `failed` that waiting will not help."""

    ready: bool
    detail: str = ""
    failed: bool = False


READY = Readiness(ready=True)


class ClusterState:
    """What an object's readiness depends on besides itself. This one knows nothing, so fewer objects count as ready."""

    def has_endpoints(self, namespace: str, service: str) -> bool:  # noqa: ARG002 - the interface
        """Whether a Service has a ready endpoint."""
        return False

    def binds_late(self, storage_class: str) -> bool:  # noqa: ARG002 - the interface
        """Whether claims of a StorageClass are bound only when a pod uses them."""
        return False


class LiveClusterState(ClusterState):
    """The state of a running cluster; each part is read at most once."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._served: dict[str, set[str]] = {}
        self._late_classes: dict[str, bool] = {}

    def has_endpoints(self, namespace: str, service: str) -> bool:
        """Whether the namespace has an endpoint slice of the Service with a ready endpoint."""
        if namespace not in self._served:
            key = ObjectKey(group="discovery.k8s.io", version="v1", kind="EndpointSlice", namespace=namespace, name="")
            self._served[namespace] = {
                part["metadata"].get("labels", {}).get("kubernetes.io/service-name", "")
                for part in self._resources.all_like(key)
                if any(endpoint.get("conditions", {}).get("ready") for endpoint in part.get("endpoints") or ())
            }
        return service in self._served[namespace]

    def binds_late(self, storage_class: str) -> bool:
        """Whether the class binds on first use; a class that does not exist does not."""
        if storage_class not in self._late_classes:
            key = ObjectKey(group="storage.k8s.io", version="v1", kind="StorageClass", namespace="", name=storage_class)
            found = self._resources.get(key) or {}
            self._late_classes[storage_class] = found.get("volumeBindingMode") == "WaitForFirstConsumer"
        return self._late_classes[storage_class]


def readiness(live: Mapping[str, Any], cluster: ClusterState) -> Readiness:
    """The readiness of an object, from its live state.

    Objects of other kinds than those below are ready, unless their annotation names a field that they lack.
    """
    if lacking := wait_for.missing(live):
        return _waiting(lacking)
    judge = _JUDGES.get(ObjectKey.of(live).group_kind)
    return judge(live, cluster) if judge else READY


def _waiting(detail: str) -> Readiness:
    return Readiness(ready=False, detail=detail)


def _ready_if(condition: bool, detail: str) -> Readiness:
    return READY if condition else _waiting(detail)


def _unobserved(live: Mapping[str, Any]) -> Readiness | None:
    if live.get("status", {}).get("observedGeneration", 0) < live["metadata"].get("generation", 0):
        return _waiting("its controller has not observed the change yet")
    return None


def _condition(live: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The condition `name` if its status is True, else {}."""
    conditions = live.get("status", {}).get("conditions") or ()
    return next((item for item in conditions if item["type"] == name and item["status"] == "True"), {})


def _deployment(live: Mapping[str, Any], _: ClusterState) -> Readiness:
    status, wanted = live.get("status", {}), live["spec"].get("replicas", 1)
    available, updated = status.get("availableReplicas", 0), status.get("updatedReplicas", 0)
    leftover = status.get("replicas", 0) - updated + _draining(status, wanted)
    detail = f"{updated} of {wanted} replicas updated, {available} available, {leftover} old ones remaining"
    return _unobserved(live) or _ready_if(updated >= wanted and available >= wanted and leftover <= 0, detail)


def _draining(status: Mapping[str, Any], wanted: int) -> int:
    """The pods of a stopped workload that still drain, and so keep their GPUs and their place in the quota."""
    return status.get("terminatingReplicas") or 0 if wanted == 0 else 0


def _stateful_set(live: Mapping[str, Any], _: ClusterState) -> Readiness:
    spec, status = live["spec"], live.get("status", {})
    wanted, ready = spec.get("replicas", 1), status.get("readyReplicas", 0)
    strategy = spec.get("updateStrategy", {})
    kept = wanted if strategy.get("type") == "OnDelete" else (strategy.get("rollingUpdate") or {}).get("partition", 0)
    updated = status.get("updatedReplicas", 0)
    leftover = status.get("replicas", 0) if wanted == 0 else 0
    detail = f"{ready} of {wanted} replicas ready, {updated} updated, {leftover} stopping"
    return _unobserved(live) or _ready_if(ready >= wanted and updated >= wanted - kept and not leftover, detail)


def _daemon_set(live: Mapping[str, Any], _: ClusterState) -> Readiness:
    status = live.get("status", {})
    wanted, available = status.get("desiredNumberScheduled", 0), status.get("numberAvailable", 0)
    on_delete = live["spec"].get("updateStrategy", {}).get("type") == "OnDelete"
    updated = wanted if on_delete else status.get("updatedNumberScheduled", 0)
    detail = f"{available} of {wanted} pods available, {updated} updated"
    return _unobserved(live) or _ready_if(available >= wanted and updated >= wanted, detail)


def _job(live: Mapping[str, Any], _: ClusterState) -> Readiness:
    if failure := _condition(live, "Failed"):
        return Readiness(ready=False, failed=True, detail=f"{failure['reason']}: {failure['message']}")
    done = bool(_condition(live, "Complete")) or live["spec"].get("suspend", False)
    status = live.get("status", {})
    return _ready_if(done, f"{status.get('active', 0)} pods active, {status.get('failed', 0)} failed")


def _pod(live: Mapping[str, Any], _: ClusterState) -> Readiness:
    phase = live.get("status", {}).get("phase", "Pending")
    if phase == "Failed":
        return Readiness(ready=False, failed=True, detail="the pod failed")
    return _ready_if(phase == "Succeeded" or bool(_condition(live, "Ready")), f"the pod is {phase} and not ready")


def _service(live: Mapping[str, Any], cluster: ClusterState) -> Readiness:
    spec, metadata = live["spec"], live["metadata"]
    has_pods = spec.get("selector") and spec.get("clusterIP") != "None" and spec.get("type") != "ExternalName"
    if has_pods and not cluster.has_endpoints(metadata["namespace"], metadata["name"]):
        return _waiting("no ready pod matches its selector")
    return _addressed(live) if spec.get("type") == "LoadBalancer" else READY


def _ingress(live: Mapping[str, Any], _: ClusterState) -> Readiness:
    return _addressed(live)


def _addressed(live: Mapping[str, Any]) -> Readiness:
    addresses = live.get("status", {}).get("loadBalancer", {}).get("ingress")
    return _ready_if(bool(addresses), "it has no address yet")


def _claim(live: Mapping[str, Any], cluster: ClusterState) -> Readiness:
    phase, storage_class = live.get("status", {}).get("phase", "Pending"), live["spec"].get("storageClassName", "")
    if phase == "Bound" or (storage_class and cluster.binds_late(storage_class)):
        return READY
    return _waiting(f"the claim is {phase}, its storage class is {storage_class or 'none'}")


def _volume(live: Mapping[str, Any], _: ClusterState) -> Readiness:
    phase = live.get("status", {}).get("phase", "Pending")
    return _ready_if(phase in ("Available", "Bound"), f"the volume is {phase}")


def _quota(live: Mapping[str, Any], _: ClusterState) -> Readiness:
    return _ready_if(live["spec"].get("hard") == live.get("status", {}).get("hard"), "the quota is not enforced yet")


def _namespace(live: Mapping[str, Any], _: ClusterState) -> Readiness:
    phase = live.get("status", {}).get("phase", "")
    return _ready_if(phase == "Active", f"the namespace is {phase or 'new'}")


def _definition(live: Mapping[str, Any], _: ClusterState) -> Readiness:
    return _ready_if(bool(_condition(live, "Established")), "the definition is not established yet")


_JUDGES: Mapping[str, Callable[[Mapping[str, Any], ClusterState], Readiness]] = {
    "CustomResourceDefinition.apiextensions.k8s.io": _definition,
    "DaemonSet.apps": _daemon_set,
    "Deployment.apps": _deployment,
    "Ingress.networking.k8s.io": _ingress,
    "Job.batch": _job,
    "Namespace": _namespace,
    "PersistentVolume": _volume,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "ResourceQuota": _quota,
    "Service": _service,
    "StatefulSet.apps": _stateful_set,
}
