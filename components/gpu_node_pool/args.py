"""The arguments of a pool of nodes."""

from dataclasses import dataclass

import pulumi

from settings import GpuPool


@dataclass(frozen=True, kw_only=True)
class GpuNodePoolArgs:
    """``pool`` is what the stack says of it; its spare pods run ``pause_image`` in ``namespace``, which exists."""

    pool: GpuPool
    namespace: pulumi.Input[str]
    pause_image: pulumi.Input[str]
