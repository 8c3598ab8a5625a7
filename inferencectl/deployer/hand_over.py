"""The number of a workload's pods passes between the program and an autoscaler without falling to 1 in between.

Server-side apply removes a field that its owner no longer sets, and the API server then sets `replicas` to 1. So the
number gets a second owner first, which is how Kubernetes itself says that it is to be done:
https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership. In the other direction, an
autoscaler that is still in force would change the number that the program has just set, so it goes first.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from inferencectl.deployer.connection import ApiError
from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.objects import KubernetesObject
from inferencectl.deployer.resources import Manifest, Resources

NUMBER_MANAGER = "inference-number-of-pods"
_PULUMI = "pulumi-kubernetes"
_WORKLOADS = frozenset({"Deployment.apps", "StatefulSet.apps"})
_AUTOSCALERS = frozenset({"HorizontalPodAutoscaler.autoscaling", "ScaledObject.keda.sh"})


def leaves_number(item: KubernetesObject, live: Manifest | None) -> bool:
    """Whether `item` is a workload with pods whose number the program set before, and now leaves to others.

    A workload that was stopped is not one: if its number stayed at zero, no autoscaler would ever start it.
    """
    if live is None or item.key.group_kind not in _WORKLOADS or "replicas" in item.manifest["spec"]:
        return False
    return live["spec"].get("replicas", 0) > 0 and any(map(_applies_number, live["metadata"].get("managedFields", ())))


def with_number(manifest: Mapping[str, Any], live: Manifest) -> Mapping[str, Any]:
    """The manifest with the number of pods that there are."""
    return {**manifest, "spec": {**manifest["spec"], "replicas": live["spec"]["replicas"]}}


def keep_number(resources: Resources, key: ObjectKey) -> None:
    """Give the number of pods another owner, so that it stays when the program's engine gives it up."""
    live = resources.get(key)
    if live is None:
        return
    metadata = {"name": key.name, "namespace": key.namespace}
    spec = {"replicas": live["spec"]["replicas"]}
    owned = {"apiVersion": key.api_version, "kind": key.kind, "metadata": metadata, "spec": spec}
    try:
        resources.share(owned, NUMBER_MANAGER)
    except ApiError as error:
        # Somebody has changed the number since the look, and owns it.
        if error.status != HTTPStatus.CONFLICT:
            raise


def autoscalers_by_workload(
    keys: Iterable[ObjectKey], live: Mapping[ObjectKey, Manifest]
) -> Mapping[ObjectKey, list[ObjectKey]]:
    """Those of `keys` that are autoscalers and exist, by the workload that they scale."""
    found = defaultdict(list)
    for key in keys:
        if key.group_kind in _AUTOSCALERS and key in live:
            found[_target(live[key])].append(key)
    return found


def sets_number(item: KubernetesObject) -> bool:
    """Whether `item` is a workload whose number of pods the program sets."""
    return item.key.group_kind in _WORKLOADS and "replicas" in item.manifest["spec"]


def remove_autoscalers(resources: Resources, keys: Iterable[ObjectKey]) -> None:
    """Delete autoscalers and wait until they are gone, with the HorizontalPodAutoscaler that KEDA makes of its own."""
    keys = list(keys)
    for key in keys:
        resources.delete(key, "Foreground")
    resources.await_gone(keys)


def _applies_number(entry: Mapping[str, Any]) -> bool:
    manager = str(entry.get("manager"))
    # Pulumi creates by another operation, whose fields it takes over by its first application.
    is_engine = manager.startswith(_PULUMI) or (entry.get("operation") == "Apply" and manager != NUMBER_MANAGER)
    return is_engine and "f:replicas" in entry.get("fieldsV1", {}).get("f:spec", {})


def _target(autoscaler: Manifest) -> ObjectKey:
    """The workload that an autoscaler scales; KEDA's may leave out what it takes for granted."""
    target = autoscaler["spec"]["scaleTargetRef"]
    kind, api_version = target.get("kind", "Deployment"), target.get("apiVersion", "apps/v1")
    metadata = {"name": target["name"], "namespace": autoscaler["metadata"]["namespace"]}
    return ObjectKey.of({"apiVersion": api_version, "kind": kind, "metadata": metadata})
