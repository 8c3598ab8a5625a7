"""Flagger in the cluster, where it reaches the Prometheus that measures the candidates."""

from collections.abc import Sequence

from inferencectl.sandbox.controllers.flagger import LOOP_SECONDS, NAME, NAMESPACE, arguments, upstream_manifests
from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.live.restricted_pod import SECURITY, Manifest, deployment, namespace

READY_SECONDS = 120
_PORT = 8080


def ensure(kubectl: Kubectl, image: LocalImage) -> None:
    """Deploys it and returns when it is ready; `image` is on the node.

    Raises:
        SandboxError: it is not ready after two minutes.
    """
    kubectl.apply_objects(manifests(image.pinned))
    kubectl.await_rollout(NAME, NAMESPACE, READY_SECONDS)


def manifests(image: str) -> Sequence[Manifest]:
    """Flagger with the permissions that its own manifests grant."""
    started_with = arguments(_PORT, LOOP_SECONDS)
    pod = {
        "serviceAccountName": NAME,
        "automountServiceAccountToken": True,
        "containers": [
            {
                "name": NAME,
                "image": image,
                "args": list(started_with),
                "ports": [{"name": "http", "containerPort": _PORT}],
                "readinessProbe": {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 2},
                "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http"}, "failureThreshold": 6},
                "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
                "securityContext": dict(SECURITY),
            }
        ],
    }
    return (namespace(NAMESPACE), *upstream_manifests(), deployment(NAME, NAMESPACE, pod, started_with))
