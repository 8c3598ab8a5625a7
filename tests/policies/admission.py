"""The admission policies in a namespace of the test's own, and what the API server answers there."""

import copy
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pulumi
from kubernetes.client import ApiClient, CoreV1Api

from components import AdmissionPolicies, AdmissionPoliciesArgs
from inferencectl.deployer import Deployer, KubernetesObject, kubernetes_objects
from inferencectl.program.recording import record
from settings import Admission
from tests.policies.manifests import POD_LOCATIONS, Manifest

_PLURALS = {
    "Ingress": "ingresses",
    "NetworkPolicy": "networkpolicies",
}
_LABELS = {"app.kubernetes.io/name": "case"}
_EFFECTIVE_SECONDS = 30

# What breaks a rule of each theme, so that a policy shows that the API server applies it.
_PROBES: Mapping[str, Manifest] = {
    "pods": {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"labels": {"app.kubernetes.io/component": "model-server"}},
        "spec": {"containers": [{"name": "a", "image": "a"}]},
    },
    "access": {
        "kind": "Role",
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "rules": [
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["create", "*"]},
        ],
    },
    "network": {
        "kind": "Service",
        "apiVersion": "v1",
        "spec": {"type": "NodePort", "ports": [{"port": 80}], "externalIPs": ["192.0.2.1"]},
    },
}


@dataclass(frozen=True)
class Answer:
    """The API server's answer to a creation or change; `message` is empty where it was accepted."""

    status: int
    message: str
    warnings: str

    @property
    def is_accepted(self) -> bool:
        return self.status < 300

    @property
    def is_denied(self) -> bool:
        """Whether a policy refused it, rather than the API server's own validation."""
        return "ValidatingAdmissionPolicy '" in self.message


@contextmanager
def guarded_namespace(api: ApiClient, admission: Admission) -> Iterator["GuardedNamespace"]:
    """A fresh namespace, without a label of Pod Security, in which the API server applies the policies."""
    core, name = CoreV1Api(api), f"test-{uuid.uuid4().hex[:8]}"
    core.create_namespace({"metadata": {"name": name}})
    guarded = GuardedNamespace(api, name)
    try:
        guarded.use(admission)
        yield guarded
    finally:
        guarded.use_nothing()
        core.delete_namespace(name)


class GuardedNamespace:
    """A namespace that exists, and the admission policies in it."""

    def __init__(self, api: ApiClient, namespace: str) -> None:
        self.namespace = namespace
        self._api = api
        self._deployer = Deployer(api, f"{namespace}-admission")

    def use(self, admission: Admission) -> None:
        """Deploy the policies as `admission` has them, and wait until the API server applies all of them."""
        objects = policies(self.namespace, admission)
        self._deployer.deploy(objects, lambda _: None)
        self._await_policies({item.key.name for item in objects})

    def use_nothing(self) -> None:
        self._deployer.destroy(lambda _: None)

    def create(self, manifest: Manifest, *, dry_run: bool = True, user: str = "") -> Answer:
        """Send an object, whatever namespace it says it is in, to this one; as `user`, or as an administrator."""
        placed = copy.deepcopy(manifest)
        placed["metadata"] = {"name": "case", **(placed.get("metadata") or {}), "namespace": self.namespace}
        return self._send("POST", collection(placed), placed, dry_run=dry_run, user=user)

    def change(self, manifest: Manifest, patch: Any, subresource: str = "", *, dry_run: bool = True) -> Answer:
        """Merge `patch` into an object that exists."""
        path = f"{collection(manifest)}/{manifest['metadata']['name']}{subresource and f'/{subresource}'}"
        kind = "strategic-merge-patch" if subresource else "merge-patch"
        return self._send("PATCH", path, patch, dry_run=dry_run, content_type=f"application/{kind}+json")

    def _send(
        self, verb: str, path: str, body: Any, *, dry_run: bool, content_type: str = "application/json", user: str = ""
    ) -> Answer:
        identity = {"Impersonate-User": user} if user else {}
        response = self._api.rest_client.pool_manager.request(
            verb,
            f"{self._api.configuration.host}{path}{'?dryRun=All' if dry_run else ''}",
            body=json.dumps(body),
            headers={**self._api.default_headers, **identity, "Content-Type": content_type},
        )
        answer = json.loads(response.data)
        message = answer.get("message", "") if response.status >= 300 else ""
        return Answer(response.status, message, response.headers.get("Warning", ""))

    def _await_policies(self, names: set[str]) -> None:
        deadline = time.monotonic() + _EFFECTIVE_SECONDS
        while waiting := names - self._effective(names):
            assert time.monotonic() < deadline, f"the API server does not apply {waiting}"
            time.sleep(0.1)

    def _effective(self, names: set[str]) -> set[str]:
        reported = "".join(f"{answer.message}{answer.warnings}" for answer in map(self.create, _PROBES.values()))
        return {name for name in names if f"'{name}'" in reported}


def policies(namespace: str, admission: Admission) -> tuple[KubernetesObject, ...]:
    """The objects of the component."""

    def program() -> None:
        args = AdmissionPoliciesArgs(namespace=namespace, admission=admission)
        AdmissionPolicies("admission", args, pulumi.ResourceOptions())

    return kubernetes_objects(record(program, project="inference", stack="test"))


def collection(manifest: Manifest) -> str:
    """The path of the objects of a manifest's kind in its namespace."""
    api_version, kind = manifest["apiVersion"], manifest["kind"]
    root = "/apis" if "/" in api_version else "/api"
    plural = _PLURALS.get(kind, f"{kind.lower()}s")
    return f"{root}/{api_version}/namespaces/{manifest['metadata']['namespace']}/{plural}"


def complete_workload(kind: str, template: Mapping[str, Any]) -> Manifest:
    """A workload of ``kind`` around the metadata and spec of a pod, with all that the API server asks for."""
    api_version, location = POD_LOCATIONS[kind]
    pod = copy.deepcopy(dict(template))
    metadata = {key: value for key, value in pod.get("metadata", {}).items() if key in ("labels", "annotations")}
    metadata["labels"] = {**metadata.get("labels", {}), **_LABELS}
    ends = {"restartPolicy": "Never"} if kind in ("Job", "CronJob") else {}
    part: Manifest = {"metadata": metadata, "spec": {**pod["spec"], **ends}}
    manifest: Manifest = {"apiVersion": api_version.removeprefix("core/"), "kind": kind, "metadata": {"name": "case"}}
    if not location:
        return {**manifest, **part, "metadata": {"name": "case", **metadata}}
    if kind == "PodTemplate":
        return {**manifest, "template": part}
    spec: Manifest = {"template": part}
    if kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"):
        spec["selector"] = {"matchLabels": _LABELS}
    elif kind == "ReplicationController":
        spec["selector"] = _LABELS
    elif kind == "CronJob":
        spec = {"schedule": "0 1 * * *", "jobTemplate": {"spec": spec}}
    return {**manifest, "spec": spec}


def completed(manifest: Manifest) -> Manifest:
    """The compliant stack's Deployment, or a change of it, with all that the API server asks for."""
    if manifest["kind"] != "Deployment":
        return manifest
    complete = copy.deepcopy(manifest)
    complete["spec"]["selector"] = {"matchLabels": _LABELS}
    template = complete["spec"]["template"]
    template["metadata"]["labels"] = {**template["metadata"].get("labels", {}), **_LABELS}
    for constraint in template["spec"].get("topologySpreadConstraints", []):
        constraint["whenUnsatisfiable"] = "DoNotSchedule"
    return complete
