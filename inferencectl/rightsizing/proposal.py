"""The resources that a model's pods should request, from their measured usage."""

import math
from dataclasses import dataclass
from decimal import Decimal

from inferencectl.rightsizing.gpu_proposal import GpuProposal, gpu_proposal
from inferencectl.rightsizing.served_pods import ServedPods
from inferencectl.rightsizing.usage import Usage
from settings import Cost, Model, Platform, ResourceClass, model_cost, quantity_value

CPU_HEADROOM = Decimal("1.2")
"""Multiplied by the 95th percentile of CPU usage."""
MEMORY_HEADROOM = Decimal("1.25")
"""Multiplied by the maximum memory usage: a container that exceeds its memory limit is killed."""
WORTH_CHANGING = Decimal("0.9")
"""A decrease is proposed only to this fraction of the current value or below: each change is a rollout."""

_CPU_STEP = Decimal("0.05")
_MEBIBYTE = 2**20
_MEMORY_STEP_MIB = 64
_MIB_PER_GIB = 1024


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """The current and proposed resources of a model's pods, and the cost of both if the stack has prices."""

    now: ResourceClass
    proposed: ResourceClass
    gpu_note: str
    cost_now: Cost | None
    cost_proposed: Cost | None

    @property
    def is_change(self) -> bool:
        """Whether the proposal differs from the current resources."""
        return self.proposed != self.now


def proposal(platform: Platform, model: Model, served: ServedPods, usage: Usage) -> Proposal:
    """A proposal whose memory is never below that of the init containers or what the settings require."""
    now, scaling = platform.resources_of(model), model.scaling
    cpu_headroom = _headroom(CPU_HEADROOM, scaling.cpu_utilization_percent if scaling else None)
    memory_headroom = _headroom(MEMORY_HEADROOM, scaling.memory_utilization_percent if scaling else None)
    cores = usage.cpu_p95_cores * cpu_headroom
    floor = max(served.floor_memory, Decimal(model.memory_floor_bytes))
    memory_bytes = max(usage.memory_max_bytes * memory_headroom, floor)
    gpu = gpu_proposal(platform, now, usage.gpu)
    proposed = _resized(now, cpu_quantity(cores), memory_quantity(memory_bytes), gpu)
    prices = platform.prices
    return Proposal(
        now=now,
        proposed=proposed,
        gpu_note=gpu.note,
        cost_now=model_cost(prices, platform, model, now) if prices else None,
        cost_proposed=model_cost(prices, platform, model, proposed) if prices else None,
    )


def cpu_quantity(cores: Decimal) -> str:
    """Cores rounded up to 50m: ``350m``, ``2``."""
    millicores = int(math.ceil(cores / _CPU_STEP) * _CPU_STEP * 1000)
    return f"{millicores}m" if millicores % 1000 else f"{millicores // 1000}"


def memory_quantity(size_bytes: Decimal) -> str:
    """Bytes rounded up to 64Mi: ``704Mi``, ``2Gi``."""
    mebibytes = math.ceil(size_bytes / (_MEMORY_STEP_MIB * _MEBIBYTE)) * _MEMORY_STEP_MIB
    return f"{mebibytes}Mi" if mebibytes % _MIB_PER_GIB else f"{mebibytes // _MIB_PER_GIB}Gi"


def _headroom(least: Decimal, target_percent: int | None) -> Decimal:
    """The factor by which usage is multiplied. An autoscaler keeps pods at its target whatever their size.

    With less headroom than up to the target, every report would propose less than the previous one.
    """
    return max(least, Decimal(100) / target_percent) if target_percent else least


def _resized(now: ResourceClass, cpu: str, memory: str, gpu: GpuProposal) -> ResourceClass:
    kept = {"cpu": _worthwhile(now.cpu, cpu), "memory": _worthwhile(now.memory, memory)}
    accelerators = {"gpus": 0, "gpu": gpu.request} if gpu.request else {}
    return now.model_copy(update={**kept, **accelerators})


def _worthwhile(now: str, proposed: str) -> str:
    """The proposed quantity, or the current one if that is sufficient and only slightly higher."""
    before, after = quantity_value(now), quantity_value(proposed)
    return now if before * WORTH_CHANGING < after <= before else proposed
