"""The identity of Kubernetes objects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, kw_only=True, order=True)
class ObjectKey:
    """The identity of an object in a cluster; `namespace` is "" for a cluster-scoped one.

    The version is not part of the identity: `autoscaling/v1` and `autoscaling/v2` refer to the same object.
    """

    group: str
    kind: str
    namespace: str
    name: str
    version: str = field(compare=False)

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Self:
        """The key of a manifest that has `apiVersion`, `kind` and `metadata.name`."""
        group, _, version = manifest["apiVersion"].rpartition("/")
        metadata = manifest["metadata"]
        return cls(
            group=group,
            version=version,
            kind=manifest["kind"],
            namespace=metadata.get("namespace") or "",
            name=metadata["name"],
        )

    @property
    def api_version(self) -> str:
        """`v1` or `apps/v1`, as manifests spell it."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def group_kind(self) -> str:
        """`Service` or `Deployment.apps`, as kubectl spells it."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"
