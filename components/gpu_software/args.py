"""The arguments of the software on nodes with accelerators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from settings import GpuPool, Images, NodeSoftware, SoftwareImages, Vendor


@dataclass(frozen=True, kw_only=True)
class GpuSoftwareArgs:
    """``software`` says how it is installed; ``pools`` share their cards; plain manifests run ``images``.

    ``pull_secrets`` are Secrets of the software's namespace, made once it exists, with credentials of registries.
    """

    software: NodeSoftware
    pools: Sequence[GpuPool]
    images: Mapping[Vendor, SoftwareImages]
    pull_secrets: Sequence[str] = ()

    @classmethod
    def of(cls, software: NodeSoftware, pools: Sequence[GpuPool], images: Images[Any]) -> Self:
        """The software of a platform with these images."""
        return cls(software=software, pools=pools, images=images.software, pull_secrets=images.pull_secrets)
