"""An aggregated API whose server is a process on this machine.

The API server reaches it through a Service of the type ExternalName:
https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class AggregatedApi:
    """One version of an API group, and the Service that routes to its server."""

    group: str
    version: str
    namespace: str
    service: str

    @property
    def name(self) -> str:
        """The name of the APIService."""
        return f"{self.version}.{self.group}"

    def manifests(self, port: int, authority: bytes) -> Iterator[Mapping[str, Any]]:
        """Yields Service and APIService for a server at `port` whose certificate is signed by `authority` (PEM)."""
        yield {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": self.service, "namespace": self.namespace},
            "spec": {"type": "ExternalName", "externalName": "localhost"},
        }
        yield self.registration(port, authority)

    def registration(self, port: int, authority: bytes) -> Mapping[str, Any]:
        """The APIService of a Service that serves at `port`, with a certificate signed by `authority` (PEM)."""
        return {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": self.name},
            "spec": {
                "group": self.group,
                "version": self.version,
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
                "service": {"name": self.service, "namespace": self.namespace, "port": port},
                "caBundle": base64.b64encode(authority).decode(),
            },
        }
