"""The pods of a model as the program defines them: their names and the memory of their init containers."""

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

    The scheduler reserves the maximum of the server's and the init containers' requests, so requesting less than
    ``floor_memory`` bytes for the server frees nothing. An init container has the server's CPUs, whatever they are.
    """

    pods: Pods
    floor_memory: Decimal


def served_pods(recording: Recording, namespace: str) -> Mapping[str, ServedPods]:
    """The pods of each model in a recording of the program, by model name."""
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
        floor_memory=_init_memory(manifests),
    )


def _init_memory(manifests: list[Mapping[str, Any]]) -> Decimal:
    requests = [
        quantity_value(container["resources"]["requests"]["memory"])
        for manifest in manifests
        for container in manifest["spec"]["template"]["spec"].get("initContainers", ())
    ]
    return max(requests, default=Decimal(0))
