"""The arguments of the software on nodes with accelerators."""

from collections.abc import Sequence
from dataclasses import dataclass

from settings import GpuPool, NodeSoftware


@dataclass(frozen=True, kw_only=True)
class GpuSoftwareArgs:
    """``software`` says who installs it, and ``pools`` how their cards are shared."""

    software: NodeSoftware
    pools: Sequence[GpuPool]
