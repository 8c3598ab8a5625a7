"""The arguments of a model namespace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from settings import GpuPool, Mesh, Platform, Quota, RuntimeClass


@dataclass(frozen=True, kw_only=True)
class ModelNamespaceArgs:
    """``namespace`` is the namespace's name; ``quota`` bounds all that runs in it, also of the devices of ``pools``.

    ``runtime_classes`` are those that pods name; those without a handler exist already. ``retain`` leaves the namespace
    in the cluster when the stack is deleted, for the volumes in it. Its pods are part of the ``mesh``.
    """

    namespace: str
    quota: Quota
    pools: Sequence[GpuPool] = ()
    runtime_classes: Mapping[str, RuntimeClass] = field(default_factory=dict)
    retain: bool = False
    mesh: Mesh = field(default_factory=Mesh)

    @classmethod
    def of(cls, platform: Platform) -> Self:
        """The arguments of the namespace of ``platform``."""
        return cls(
            namespace=platform.namespace,
            quota=platform.quota,
            pools=platform.pools,
            runtime_classes=platform.runtime_classes,
            retain=any(model.volume and model.volume.is_retained for model in platform.models),
            mesh=platform.mesh,
        )
