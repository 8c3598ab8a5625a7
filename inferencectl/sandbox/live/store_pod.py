"""The store in the cluster: one pod that reads what was published, as models' pods reach it."""

import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from inferencectl.workspace.errors import SandboxError

IMAGE = "store"
NAMESPACE = "storage"
NAME = "store"
HOST = f"{NAME}.{NAMESPACE}.svc"
PORT = 9000
CREDENTIALS_SECRET = "model-storage"  # noqa: S105 - a name
AUTHORITY_CONFIG_MAP = "model-storage-authority"
READY_SECONDS = 60
POLL_SECONDS = 0.2
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
        """Runs the store for clients in `client_namespace`; returns when it is ready.

        Raises SandboxError if it does not become ready within a minute.
        """
        progress("starting the store of models in the cluster")
        data = f"{SHARED}/{self.folder}/{self.files.data.name}"
        self._apply(server_manifests(image.pinned, data, self._secrets(), client_namespace))
        rollout = ("rollout", "status", f"deployment/{NAME}", f"--namespace={NAMESPACE}")
        self.kubectl.run(*rollout, f"--timeout={READY_SECONDS}s")

    @contextmanager
    def supplying(self, client_namespace: str) -> Iterator[None]:
        """Puts what clients need into `client_namespace`, as soon as it exists, until the end of the context.

        The stack that is deployed meanwhile owns the namespace and makes it; who keeps secrets elsewhere has an
        operator that does this. A pod that is earlier waits for its volumes.
        """
        ended = threading.Event()
        authority = (self.files.certificate / "ca.crt").read_text(encoding="utf-8")
        manifests = client_manifests(client_namespace, self.files.credentials, authority)

        def supply() -> None:
            while not ended.is_set():
                try:
                    self.kubectl.run("get", "namespace", client_namespace)
                    self._apply(manifests)
                except SandboxError:
                    ended.wait(POLL_SECONDS)
                else:
                    return

        thread = threading.Thread(target=supply, name="storage-credentials")
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _secrets(self) -> Mapping[str, bytes]:
        files = {name: (self.files.certificate / name).read_bytes() for name in ("tls.crt", "tls.key")}
        return {**files, **{name: text.encode() for name, text in environment(self.files.credentials).items()}}

    def _apply(self, manifests: Sequence[Manifest]) -> None:
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests})
        self.kubectl.run("apply", "--server-side", "--force-conflicts", "-f", "-", standard_input=text)


def server_manifests(image: str, data: str, secrets: Mapping[str, bytes], client_namespace: str) -> Sequence[Manifest]:
    """The store's namespace and everything in it; `data` is the path of the buckets on the node.

    `secrets` has `tls.crt`, `tls.key` and the variables that the server takes its credentials from. The namespace is
    privileged because its pod mounts a directory of the node, read-only; the pod itself has no privilege.
    """
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": client_namespace}}}
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
