"""The objects that a load in a cluster consists of: a namespace of clients, and a Job that runs k6 there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.metadata import CLIENT_NAMESPACE_LABEL
from inferencectl.load.load import ARGUMENTS, Load

Manifest = Mapping[str, Any]

# Where the images of k6 have it, and any user that is not root.
_PROGRAM = "/usr/bin/k6"
_USER_ID = 10001
_DIRECTORY = "/load"
_LABELS = {"app.kubernetes.io/name": "load", "app.kubernetes.io/part-of": "inference-load"}
_POD_SECURITY = "pod-security.kubernetes.io/enforce"
_STOP_SECONDS = 10
_START_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class LoadPlace:
    """Where a load runs: the namespace, which models admit, the name of its objects, and the nodes that it may run on.

    ``image`` has k6 at the path that its publisher's image has it at. ``addresses`` are of host names that the
    cluster's DNS does not know.
    """

    image: str
    namespace: str = "load"
    name: str = "load"
    node_selector: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)


def namespace(place: LoadPlace) -> Manifest:
    """A namespace whose pods may call models directly, held to Pod Security's restricted profile."""
    labels = {**_LABELS, CLIENT_NAMESPACE_LABEL: "true", _POD_SECURITY: "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": place.namespace, "labels": labels}}


def config_map(place: LoadPlace, load: Load) -> Manifest:
    """The files of the load."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _metadata(place), "data": dict(load.files)}


def job(place: LoadPlace, load: Load) -> Manifest:
    """One pod that runs the load once, and whose output is the results."""
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": _metadata(place),
        "spec": {
            # A second attempt would count what happened in between as nothing.
            "backoffLimit": 0,
            "activeDeadlineSeconds": load.seconds + _START_SECONDS,
            "template": {"metadata": {"labels": dict(_LABELS)}, "spec": _pod(place, load)},
        },
    }


def _metadata(place: LoadPlace) -> Mapping[str, Any]:
    return {"name": place.name, "namespace": place.namespace, "labels": dict(_LABELS)}


def _pod(place: LoadPlace, load: Load) -> Mapping[str, Any]:
    return {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": _STOP_SECONDS,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "nodeSelector": dict(place.node_selector),
        "hostAliases": [{"ip": address, "hostnames": [name]} for name, address in place.addresses.items()],
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER_ID,
            "runAsGroup": _USER_ID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumes": [{"name": "files", "configMap": {"name": place.name}}],
        "containers": [
            {
                "name": "k6",
                "image": place.image,
                "imagePullPolicy": "IfNotPresent",
                "command": [_PROGRAM, *ARGUMENTS],
                "workingDir": _DIRECTORY,
                "env": [{"name": name, "value": value} for name, value in load.environment.items()],
                "volumeMounts": [{"name": "files", "mountPath": _DIRECTORY, "readOnly": True}],
                # No limit of CPU: a throttled client would measure itself.
                "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "384Mi"}},
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
            }
        ],
    }
