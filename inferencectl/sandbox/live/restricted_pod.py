"""Deployments of the sandbox's own servers: one pod each, held to Pod Security's restricted profile."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

Manifest = Mapping[str, Any]

USER = 10001
SECURITY: Manifest = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
"""The security context of each container."""


def namespace(name: str) -> Manifest:
    """A namespace that takes no other pods."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def labels(name: str) -> Mapping[str, str]:
    """The labels of the pod of a server, which its Service selects."""
    return {"app.kubernetes.io/name": name}


def deployment(
    name: str, namespace: str, pod: Manifest, read_at_start: object, more_labels: Mapping[str, str] | None = None
) -> Manifest:
    """A Deployment of one pod with the fields `pod`; another one takes its place when `read_at_start` changes.

    The pod has `more_labels`, by which others know it.
    """
    digest = hashlib.sha256(repr(read_at_start).encode()).hexdigest()
    metadata = {
        "labels": {**labels(name), **(more_labels or {})},
        "annotations": {"inference.sandbox/read-at-start": digest},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels(name)},
            "template": {"metadata": metadata, "spec": {**_POD, **pod}},
        },
    }


def service(name: str, namespace: str, selected: str, ports: Sequence[Manifest]) -> Manifest:
    """A Service of the server `selected`."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": labels(selected), "ports": list(ports)},
    }


_POD: Manifest = {
    "automountServiceAccountToken": False,
    "enableServiceLinks": False,
    "terminationGracePeriodSeconds": 5,
    "securityContext": {
        "runAsNonRoot": True,
        "runAsUser": USER,
        "runAsGroup": USER,
        "fsGroup": USER,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
}
