"""Manifests that pass every rule, for tests to break one property at a time."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from inferencectl.program.recording import Resource

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What Pulumi's engine sends for a string that a preview cannot know."""

DIGEST = "sha256:" + "0123456789abcdef" * 4
SIGNATURE_KEY = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"

_OBJECTS = Path(__file__).with_name("objects.yaml")

Manifest = dict[str, Any]

REMOVED = object()
"""Given to `changed`: take the property away."""

POD_LOCATIONS: Mapping[str, tuple[str, str]] = {
    "Pod": ("core/v1", ""),
    "PodTemplate": ("core/v1", "template"),
    "ReplicationController": ("core/v1", "spec template"),
    "Deployment": ("apps/v1", "spec template"),
    "StatefulSet": ("apps/v1", "spec template"),
    "DaemonSet": ("apps/v1", "spec template"),
    "ReplicaSet": ("apps/v1", "spec template"),
    "Job": ("batch/v1", "spec template"),
    "CronJob": ("batch/v1", "spec jobTemplate spec template"),
}
"""Workload kind to its API group and version, and where its pod template stands."""


def pod() -> dict[str, Any]:
    """The metadata and spec of a GPU model server that keeps every rule."""
    security_context = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    metadata = "/v1/models/mnist/versions/1/metadata"
    bounds = {"cpu": "2", "memory": "8Gi"}
    with_gpu = {**bounds, "nvidia.com/gpu": 1}
    server = {
        "name": "server",
        "image": f"docker.io/tensorflow/serving:2.19.1-gpu@{DIGEST}",
        "ports": [{"name": "http", "containerPort": 8501}],
        "env": [{"name": "OMP_NUM_THREADS", "value": "2"}],
        "resources": {"requests": dict(with_gpu), "limits": dict(with_gpu)},
        "startupProbe": {"httpGet": {"path": metadata, "port": 8501}, "failureThreshold": 60},
        "readinessProbe": {"httpGet": {"path": metadata, "port": 8501}},
        "livenessProbe": {"httpGet": {"path": "/v1/models/mnist", "port": 8501}},
        "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
        "securityContext": copy.deepcopy(security_context),
    }
    fetch = {
        "name": "fetch",
        "image": f"docker.io/rclone/rclone:1.75.1@{DIGEST}",
        "args": ["copy", "--retries=3", "--token-file", "/run/token"],
        "env": [
            {"name": "MODEL_SHA256", "value": "ab" * 32},
            {"name": "MODEL_SIGNATURE_KEY", "value": SIGNATURE_KEY},
            {"name": "AWS_REGION", "value": "eu-central-1"},
        ],
        "resources": {"requests": dict(bounds), "limits": dict(bounds)},
        "securityContext": copy.deepcopy(security_context),
    }
    return {
        "metadata": {
            "labels": {"app.kubernetes.io/name": "mnist", "app.kubernetes.io/component": "model-server"},
            "annotations": {"inference/model-size-bytes": "1073741824"},
        },
        "spec": {
            "serviceAccountName": "account",
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 30,
            "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname"}],
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 65532,
                "seccompProfile": {"type": "RuntimeDefault"},
                "sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}],
            },
            "nodeSelector": {"nvidia.com/gpu.present": "true"},
            "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
            "initContainers": [fetch],
            "containers": [server],
            "volumes": [{"name": "models", "emptyDir": {"sizeLimit": "2Gi"}}],
        },
    }


def workload(kind: str, template: Mapping[str, Any]) -> dict[str, Any]:
    """A workload of ``kind`` around the metadata and spec of a pod, in the namespace ``models``."""
    api_version, location = POD_LOCATIONS[kind]
    manifest: dict[str, Any] = {"metadata": {"name": "server", "namespace": "models"}}
    if kind == "Deployment":
        rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
        manifest["spec"] = {"strategy": rolling}
    if kind in ("Job", "CronJob"):
        _parent(manifest, f"{location.removesuffix(' template')} spec")["activeDeadlineSeconds"] = 3600
    if location:
        _parent(manifest, f"{location} spec").update(copy.deepcopy(dict(template)))
    else:
        manifest["spec"] = copy.deepcopy(template["spec"])
        manifest["metadata"] = {**copy.deepcopy(template.get("metadata", {})), **manifest["metadata"]}
    return {"apiVersion": api_version.removeprefix("core/"), "kind": kind, **manifest}


def deployment() -> dict[str, Any]:
    """A Deployment that keeps every rule."""
    return workload("Deployment", pod())


def stack() -> dict[str, dict[str, Any]]:
    """The manifests of a stack that keeps every rule, by their names; the Deployment is ``server``."""
    objects = yaml.safe_load_all(_OBJECTS.read_text(encoding="utf-8"))
    return {manifest["metadata"]["name"]: manifest for manifest in [deployment(), *objects]}


def resources(manifests: Mapping[str, Mapping[str, Any]]) -> list[Resource]:
    """What a program registers for ``manifests``, protected where Pulumi protects anything."""
    return [resource(manifest, name=name, protect=True) for name, manifest in manifests.items()]


def changed(manifest: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of ``manifest`` with the property at ``path`` (``spec containers 0 image``) set, or ``REMOVED``."""
    copied = copy.deepcopy(dict(manifest))
    parent, key = _parent(copied, path), _key(path.rsplit(maxsplit=1)[-1])
    if value is REMOVED:
        del parent[key]
    else:
        parent[key] = value
    return copied


def resource(manifest: Mapping[str, Any], token: str = "", **options: Any) -> Resource:
    """The resource that a program registers for ``manifest``; its type follows from the manifest unless given."""
    if not token:
        api_version = str(manifest["apiVersion"])
        token = f"kubernetes:{api_version if '/' in api_version else f'core/{api_version}'}:{manifest['kind']}"
    defaults: dict[str, Any] = {"name": "subject", "custom": True, "parent": "", "inputs": manifest}
    given = {**defaults, "type": token, **options}
    return Resource(**{"urn": f"urn:pulumi:test::inference::{token}::{given['name']}", **given})


def _parent(manifest: dict[str, Any], path: str) -> Any:
    node: Any = manifest
    for step in path.split()[:-1]:
        node = node[_key(step)] if isinstance(node, list) else node.setdefault(_key(step), {})
    return node


def _key(step: str) -> Any:
    return int(step) if step.isdigit() else step
