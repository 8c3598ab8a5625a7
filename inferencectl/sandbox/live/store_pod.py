"""The store in the cluster: one pod that reads what was published, as models' pods reach it."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.live.stack_file import StoreAccess
from inferencectl.sandbox.live.store import REGION, Credentials
from inferencectl.sandbox.live.store_files import StoreFiles
from inferencectl.sandbox.live.store_process import HEALTH_PATH, arguments, environment
from inferencectl.sandbox.node.addresses import NODE, NODE_LABEL, POD_NETWORK
from inferencectl.sandbox.node.mounts import SHARED

IMAGE = "store"
NAMESPACE = "storage"
NAME = "store"
HOST = f"{NAME}.{NAMESPACE}.svc"
PORT = 9000
CREDENTIALS_SECRET = "model-storage"  # noqa: S105 - a name
AUTHORITY_CONFIG_MAP = "model-storage-authority"
READY_SECONDS = 60
Manifest = Mapping[str, Any]

_USER = 10001
_DATA = "/data"
_CERTIFICATE = "/certificate"
_LABELS = {"app.kubernetes.io/name": NAME}

ACCESS = StoreAccess(
    endpoint=f"https://{HOST}:{PORT}",
    region=REGION,
    network=POD_NETWORK,
    credentials_secret=CREDENTIALS_SECRET,
    authority_config_map=AUTHORITY_CONFIG_MAP,
)
"""How the pods of models reach the store."""


@dataclass(frozen=True, kw_only=True)
class StorePod:
    """The store of `files`, which are in the directory `folder` of what the node shares with the machine."""

    files: StoreFiles
    folder: str
    kubectl: Kubectl

    def ensure(self, image: LocalImage, client_namespace: str, progress: Callable[[str], None]) -> None:
        """Runs the store, and puts what its clients need into `client_namespace`; returns when it is ready.

        Raises SandboxError if it does not become ready within a minute.
        """
        progress("starting the store of models in the cluster")
        server = server_manifests(image.pinned, f"{SHARED}/{self.folder}/{self.files.data.name}", self._secrets())
        authority = (self.files.certificate / "ca.crt").read_text(encoding="utf-8")
        clients = client_manifests(client_namespace, self.files.credentials, authority)
        self._apply([*server, *clients])
        rollout = ("rollout", "status", f"deployment/{NAME}", f"--namespace={NAMESPACE}")
        self.kubectl.run(*rollout, f"--timeout={READY_SECONDS}s")

    def _secrets(self) -> Mapping[str, bytes]:
        files = {name: (self.files.certificate / name).read_bytes() for name in ("tls.crt", "tls.key")}
        return {**files, **{name: text.encode() for name, text in environment(self.files.credentials).items()}}

    def _apply(self, manifests: Sequence[Manifest]) -> None:
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests})
        self.kubectl.run("apply", "--server-side", "--force-conflicts", "-f", "-", standard_input=text)


def server_manifests(image: str, data: str, secrets: Mapping[str, bytes]) -> Sequence[Manifest]:
    """The store's namespace and everything in it; `data` is the path of the buckets on the node.

    `secrets` has `tls.crt`, `tls.key` and the variables that the server takes its credentials from. The namespace is
    privileged because its pod mounts a directory of the node, read-only; the pod itself has no privilege.
    """
    privileged = {"pod-security.kubernetes.io/enforce": "privileged"}
    return (
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": privileged}},
        _secret(NAME, NAMESPACE, secrets),
        _deployment(image, data, [name for name in secrets if not name.startswith("tls.")]),
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": NAME, "namespace": NAMESPACE},
            "spec": {"selector": _LABELS, "ports": [{"name": "https", "port": PORT}]},
        },
    )


def client_manifests(namespace: str, credentials: Credentials, authority: str) -> Sequence[Manifest]:
    """What pods in `namespace` need: the Secret and the ConfigMap that the stack file names, and the way in."""
    keys = {"accessKeyId": credentials.access_key_id, "secretAccessKey": credentials.secret_access_key}
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}
    return (
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        _secret(CREDENTIALS_SECRET, namespace, {name: text.encode() for name, text in keys.items()}),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": AUTHORITY_CONFIG_MAP, "namespace": namespace},
            "data": {"ca.crt": authority},
        },
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": f"from-{namespace}", "namespace": NAMESPACE},
            "spec": {
                "podSelector": {},
                "policyTypes": ["Ingress", "Egress"],
                "ingress": [{"from": [peer], "ports": [{"protocol": "TCP", "port": PORT}]}],
            },
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


def _deployment(image: str, data: str, variables: Sequence[str]) -> Manifest:
    pod = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "nodeSelector": {NODE_LABEL: NODE},
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(image, variables)],
        "volumes": [
            {"name": "data", "hostPath": {"path": data, "type": "Directory"}},
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
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": _LABELS},
            "template": {"metadata": {"labels": _LABELS}, "spec": pod},
        },
    }


def _container(image: str, variables: Sequence[str]) -> Manifest:
    return {
        "name": NAME,
        "image": image,
        "args": [*arguments(f":{PORT}", _CERTIFICATE, _DATA)],
        "env": [
            {"name": name, "valueFrom": {"secretKeyRef": {"name": NAME, "key": name}}} for name in sorted(variables)
        ],
        "ports": [{"name": "https", "containerPort": PORT}],
        "readinessProbe": {"httpGet": {"path": HEALTH_PATH, "port": "https", "scheme": "HTTPS"}, "periodSeconds": 2},
        "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "data", "mountPath": _DATA, "readOnly": True},
            {"name": "certificate", "mountPath": _CERTIFICATE, "readOnly": True},
        ],
    }
