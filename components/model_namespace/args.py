"""The arguments of a model namespace."""

from collections.abc import Sequence
from dataclasses import dataclass

from settings import GpuPool, Quota


@dataclass(frozen=True, kw_only=True)
class ModelNamespaceArgs:
    """``namespace`` is the namespace's name; ``quota`` bounds all that runs in it, also of the devices of ``pools``."""

    namespace: str
    quota: Quota
    pools: Sequence[GpuPool] = ()
