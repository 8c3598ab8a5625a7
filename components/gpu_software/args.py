"""The arguments of the software on nodes with accelerators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from settings import GpuPool, NodeSoftware, SoftwareImages, Vendor


@dataclass(frozen=True, kw_only=True)
class GpuSoftwareArgs:
    """``software`` says how it is installed; ``pools`` share their cards; plain manifests run ``images``."""

    software: NodeSoftware
    pools: Sequence[GpuPool]
    images: Mapping[Vendor, SoftwareImages]
