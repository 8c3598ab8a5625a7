"""The pods of a model as the program makes them: their names, and what their init containers reserve."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from components.metadata import MODEL_SERVER
from components.model_service.manifests.load_queries import pod_names
from inferencectl.deployer import kubernetes_objects
from inferencectl.program.recording import Recording
from inferencectl.rightsizing.queries import Pods
from settings import quantity_value


@dataclass(frozen=True, kw_only=True)
class ServedPods:
    """The pods of all versions of one model.

    The scheduler reserves the more of what the server and the init containers ask for, so a server that asks for less
    than ``floor_cpu`` cores and ``floor_memory`` bytes frees nothing.
    """

    pods: Pods
    floor_cpu: Decimal
    floor_memory: Decimal


def served_pods(recording: Recording, namespace: str) -> Mapping[str, ServedPods]:
    """The pods of each model that a run of the program has recorded, by the model's name."""
    workloads: dict[str, list[Mapping[str, Any]]] = {}
    for item in kubernetes_objects(recording):
        labels = item.manifest["metadata"].get("labels", {})
        is_workload = item.manifest["kind"] in ("Deployment", "StatefulSet")
        if is_workload and labels.get("app.kubernetes.io/component") == MODEL_SERVER:
            workloads.setdefault(labels["app.kubernetes.io/name"], []).append(item.manifest)
    return {model: _pods_of(manifests, namespace) for model, manifests in workloads.items()}


def _pods_of(manifests: list[Mapping[str, Any]], namespace: str) -> ServedPods:
    names = (pod_names(each["metadata"]["name"], stateful=each["kind"] == "StatefulSet") for each in manifests)
    return ServedPods(
        pods=Pods(namespace=namespace, names="|".join(names)),
        floor_cpu=_floor(manifests, "cpu"),
        floor_memory=_floor(manifests, "memory"),
    )


def _floor(manifests: list[Mapping[str, Any]], resource: str) -> Decimal:
    asked = [
        quantity_value(container["resources"]["requests"][resource])
        for manifest in manifests
        for container in manifest["spec"]["template"]["spec"].get("initContainers", ())
    ]
    return max(asked, default=Decimal(0))
