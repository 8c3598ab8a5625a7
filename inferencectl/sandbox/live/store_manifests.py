"""The manifests of the store in the cluster, and of what its clients need."""

import base64
from collections.abc import Mapping, Sequence

from inferencectl.sandbox.live import restricted_pod
from inferencectl.sandbox.live.restricted_pod import SECURITY, Manifest
from inferencectl.sandbox.live.store import Credentials
from inferencectl.sandbox.live.store_image import DATA
from inferencectl.sandbox.live.store_process import HEALTH_PATH, arguments
from inferencectl.sandbox.node.addresses import NODE, NODE_LABEL

NAMESPACE = "storage"
NAME = "store"
HOST = f"{NAME}.{NAMESPACE}.svc"
PORT = 9000
CREDENTIALS_SECRET = "model-storage"  # noqa: S105 - a name
AUTHORITY_CONFIG_MAP = "model-storage-authority"
VOLUME = "inference-sandbox-store"

_CAPACITY = "10Gi"  # of a folder, which has no limit of its own
_DATA = f"/{DATA}"
_CERTIFICATE = "/certificate"


def server_manifests(
    image: str, data: str | None, secrets: Mapping[str, bytes], client_namespace: str
) -> Sequence[Manifest]:
    """The store's namespace and everything in it; `data` is the path of the buckets on the node.

    Without one they are in the image. `secrets` has `tls.crt`, `tls.key` and the variables that the server takes its
    credentials from. The directory is a volume of the type `local`, as the restricted Pod Security standard refuses a
    path of the node in a pod.
    """
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": client_namespace}}}
    return (
        restricted_pod.namespace(NAMESPACE),
        _secret(NAME, NAMESPACE, secrets),
        *([] if data is None else [_volume(data), _claim()]),
        _deployment(image, secrets, has_volume=data is not None),
        restricted_pod.service(NAME, NAMESPACE, NAME, [{"name": "https", "port": PORT}]),
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "clients", "namespace": NAMESPACE},
            "spec": {
                "podSelector": {},
                "policyTypes": ["Ingress", "Egress"],
                "ingress": [{"from": [peer], "ports": [{"protocol": "TCP", "port": PORT}]}],
            },
        },
    )


def client_manifests(namespace: str, credentials: Credentials, authority: str) -> Sequence[Manifest]:
    """What pods in `namespace` need: the Secret and the ConfigMap that the stack file names."""
    keys = {"accessKeyId": credentials.access_key_id, "secretAccessKey": credentials.secret_access_key}
    return (
        _secret(CREDENTIALS_SECRET, namespace, {name: text.encode() for name, text in keys.items()}),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": AUTHORITY_CONFIG_MAP, "namespace": namespace},
            "data": {"ca.crt": authority},
        },
    )


def _secret(name: str, namespace: str, data: Mapping[str, bytes]) -> Manifest:
    encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "data": encoded,
    }


def _volume(data: str) -> Manifest:
    term = {"matchExpressions": [{"key": NODE_LABEL, "operator": "In", "values": [NODE]}]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": VOLUME},
        "spec": {
            "capacity": {"storage": _CAPACITY},
            "accessModes": ["ReadOnlyMany"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": "",
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": NAMESPACE, "name": NAME},
            "local": {"path": data},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [term]}},
        },
    }


def _claim() -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "spec": {
            "accessModes": ["ReadOnlyMany"],
            "resources": {"requests": {"storage": _CAPACITY}},
            "storageClassName": "",
            "volumeName": VOLUME,
        },
    }


def _deployment(image: str, secrets: Mapping[str, bytes], *, has_volume: bool) -> Manifest:
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": NAME, "readOnly": True}}
    mount = {"name": "data", "mountPath": _DATA, "readOnly": True}
    variables = [name for name in secrets if not name.startswith("tls.")]
    pod = {
        "containers": [_container(image, variables, [mount] if has_volume else [])],
        "volumes": [
            *([volume] if has_volume else []),
            {
                "name": "certificate",
                "secret": {
                    "secretName": NAME,
                    "defaultMode": 0o440,
                    "items": [{"key": name, "path": name} for name in ("tls.crt", "tls.key")],
                },
            },
        ],
    }
    return restricted_pod.deployment(NAME, NAMESPACE, pod, sorted(secrets.items()))


def _container(image: str, variables: Sequence[str], mounts: Sequence[Manifest]) -> Manifest:
    probe = {"httpGet": {"path": HEALTH_PATH, "port": "https", "scheme": "HTTPS"}}
    return {
        "name": NAME,
        "image": image,
        "args": ["--readonly", *arguments(f":{PORT}", _CERTIFICATE, _DATA)],
        "env": [
            {"name": name, "valueFrom": {"secretKeyRef": {"name": NAME, "key": name}}} for name in sorted(variables)
        ],
        "ports": [{"name": "https", "containerPort": PORT}],
        "readinessProbe": {**probe, "periodSeconds": 2},
        "livenessProbe": {**probe, "periodSeconds": 10, "failureThreshold": 6},
        "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": dict(SECURITY),
        "volumeMounts": [
            *mounts,
            {"name": "certificate", "mountPath": _CERTIFICATE, "readOnly": True},
        ],
    }
