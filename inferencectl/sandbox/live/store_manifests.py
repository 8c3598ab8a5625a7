"""The store in the cluster: a pod on the real node that serves the sandbox's own files, and lets nobody write."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from inferencectl.sandbox.live.store_files import VOLUME, StoreFiles
from inferencectl.sandbox.live.store_process import HEALTH_PATH, arguments, environment
from inferencectl.sandbox.node.addresses import NODE, NODE_LABEL
from inferencectl.sandbox.node.mounts import VOLUMES

NAMESPACE = "storage"
NAME = "storage"
PORT = 9000
DNS_NAMES = (f"{NAME}.{NAMESPACE}.svc", f"{NAME}.{NAMESPACE}.svc.cluster.local")
ENDPOINT = f"https://{DNS_NAMES[0]}:{PORT}"
"""The store's address in the cluster."""
CREDENTIALS_SECRET = "model-storage"  # noqa: S105 - a name
AUTHORITY_CONFIG_MAP = "model-storage-authority"

_LABELS = {"app.kubernetes.io/name": NAME}
_SECRET = "storage"  # noqa: S105 - a name
_VOLUME = "inference-sandbox-store"
_CAPACITY = "10Gi"  # of a folder, which has no limit of its own
_USER = 10001
_DATA, _CERTIFICATE = Path("/data"), Path("/certificate")
_CERTIFICATE_FILES = ("tls.crt", "tls.key")
_READABLE_BY_GROUP = 0o440

Manifest = Mapping[str, Any]


def store_manifests(files: StoreFiles, image: str, clients: Iterable[str]) -> Sequence[Manifest]:
    """Everything of the store but its data, in the order of creation; `clients` are the namespaces that may call it."""
    secret = {**environment(files.credentials), **_read(files.certificate, _CERTIFICATE_FILES)}
    return (
        _namespace(),
        {"apiVersion": "v1", "kind": "Secret", "metadata": _metadata(_SECRET), "stringData": secret},
        _volume(),
        _claim(),
        _service(),
        _deployment(image, secret),
        _policy(clients),
    )


def client_manifests(files: StoreFiles, namespace: str) -> Sequence[Manifest]:
    """What pods in `namespace` reach the store with: the Secret and the ConfigMap that a stack's `storage` names."""
    credentials = files.credentials
    secret = {"accessKeyId": credentials.access_key_id, "secretAccessKey": credentials.secret_access_key}
    names = {"name": CREDENTIALS_SECRET, "namespace": namespace}
    authority = {"apiVersion": "v1", "kind": "ConfigMap", "data": _read(files.certificate, ("ca.crt",))}
    return (
        {"apiVersion": "v1", "kind": "Secret", "metadata": names, "stringData": secret},
        {**authority, "metadata": {**names, "name": AUTHORITY_CONFIG_MAP}},
    )


def _namespace() -> Manifest:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}}


def _volume() -> Manifest:
    term = {"matchExpressions": [{"key": NODE_LABEL, "operator": "In", "values": [NODE]}]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": _VOLUME, "labels": _LABELS},
        "spec": {
            "capacity": {"storage": _CAPACITY},
            "accessModes": ["ReadOnlyMany"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": "",
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": NAMESPACE, "name": NAME},
            "local": {"path": str(PurePosixPath(VOLUMES) / VOLUME)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [term]}},
        },
    }


def _claim() -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": _metadata(NAME),
        "spec": {
            "accessModes": ["ReadOnlyMany"],
            "resources": {"requests": {"storage": _CAPACITY}},
            "storageClassName": "",
            "volumeName": _VOLUME,
        },
    }


def _service() -> Manifest:
    spec = {"selector": _LABELS, "ports": [{"name": "https", "port": PORT, "targetPort": "https"}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": _metadata(NAME), "spec": spec}


def _deployment(image: str, secret: Mapping[str, str]) -> Manifest:
    # A new certificate or key replaces the pod, which reads both when it starts.
    digest = hashlib.sha256(repr(sorted(secret.items())).encode()).hexdigest()
    template = {
        "metadata": {"labels": _LABELS, "annotations": {"inference.sandbox/secret": digest}},
        "spec": {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 5,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": _USER,
                "runAsGroup": _USER,
                "fsGroup": _USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [_container(image)],
            "volumes": [
                {"name": "data", "persistentVolumeClaim": {"claimName": NAME, "readOnly": True}},
                {"name": "certificate", "secret": _certificate()},
            ],
        },
    }
    spec = {"replicas": 1, "selector": {"matchLabels": _LABELS}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": _metadata(NAME), "spec": spec}


def _certificate() -> Mapping[str, Any]:
    items = [{"key": name, "path": name} for name in _CERTIFICATE_FILES]
    return {"secretName": _SECRET, "defaultMode": _READABLE_BY_GROUP, "items": items}


def _container(image: str) -> Mapping[str, Any]:
    probe = {"httpGet": {"path": HEALTH_PATH, "port": "https", "scheme": "HTTPS"}}
    return {
        "name": NAME,
        "image": image,
        "args": ["--readonly", *arguments(f":{PORT}", _CERTIFICATE, _DATA)],
        "env": [
            {"name": name, "valueFrom": {"secretKeyRef": {"name": _SECRET, "key": name}}}
            for name in ("ROOT_ACCESS_KEY_ID", "ROOT_SECRET_ACCESS_KEY")
        ],
        "ports": [{"name": "https", "containerPort": PORT}],
        "readinessProbe": {**probe, "periodSeconds": 2},
        "livenessProbe": {**probe, "periodSeconds": 10, "failureThreshold": 6},
        "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [
            {"name": "data", "mountPath": str(_DATA), "readOnly": True},
            {"name": "certificate", "mountPath": str(_CERTIFICATE), "readOnly": True},
        ],
    }


def _policy(clients: Iterable[str]) -> Manifest:
    """Only pods of these namespaces call it, and it calls nobody."""
    peers = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}} for name in clients]
    ingress = [{"from": peers, "ports": [{"protocol": "TCP", "port": PORT}]}] if peers else []
    spec = {
        "podSelector": {"matchLabels": _LABELS},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": ingress,
        "egress": [],
    }
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": _metadata(NAME), "spec": spec}


def _metadata(name: str) -> Mapping[str, Any]:
    return {"name": name, "namespace": NAMESPACE, "labels": _LABELS}


def _read(directory: Path, names: Iterable[str]) -> dict[str, str]:
    return {name: (directory / name).read_text(encoding="utf-8") for name in names}
