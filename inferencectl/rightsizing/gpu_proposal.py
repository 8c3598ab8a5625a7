"""The part of a GPU that a pod should request, from its measured usage of a whole one.

DCGM measures whole GPUs. For a shared GPU it reports the total of all pods, and for a MIG device no utilisation, so
there are proposals only for pods that have a whole GPU to themselves. A proposal is always a device of the same
accelerator in the stack's pools, because a share of another GPU has a different speed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from inferencectl.rightsizing.usage import GpuUsage
from settings import Devices, GpuPool, GpuRequest, Offer, Platform, ResourceClass, pools_with

GPU_HEADROOM = Decimal("1.2")
"""Multiplied by the 95th percentile of GPU utilisation."""
GPU_MEMORY_HEADROOM = Decimal("1.25")
"""Multiplied by the maximum GPU memory usage."""

_MIB_PER_GIB = 1024
_SHARE_DIGITS = 10_000


@dataclass(frozen=True, kw_only=True)
class GpuProposal:
    """``request`` is None if the GPU request stays unchanged; ``note`` is the reason, empty for pods without GPUs."""

    request: GpuRequest | None = None
    note: str = ""


def gpu_proposal(platform: Platform, now: ResourceClass, usage: GpuUsage | None) -> GpuProposal:
    """The smallest device in the stack's pools that would have been enough instead of a whole GPU."""
    devices = platform.devices_for(now)
    if devices is None:
        return GpuProposal()
    pools = pools_with(devices, platform.pools)
    if reason := _unjudged(devices, pools):
        return GpuProposal(note=reason)
    if usage is None:
        return GpuProposal(note="Prometheus has too few DCGM metrics for its pods")
    share = usage.p95_percent / 100 * GPU_HEADROOM
    memory_gib = usage.memory_max_mib / _MIB_PER_GIB * GPU_MEMORY_HEADROOM
    for offer in _parts_of_cards(platform, pools[0].accelerator):
        if offer.share >= share and offer.memory_gib >= memory_gib:
            request = _request_for(platform, now, pools[0].accelerator, offer)
            if request:
                return GpuProposal(request=request)
    return GpuProposal(note=f"no pool has a smaller device with {share:.2f} of a GPU and {memory_gib:.1f}Gi")


def _unjudged(devices: Devices, pools: Sequence[GpuPool]) -> str | None:
    """The reason why usage of these devices does not show how much is needed; None if it does."""
    if not pools:
        return "the GPU type is unknown in a stack without pools"
    if not any(offer.is_whole for offer in pools[0].offers if offer.resource == devices.resource):
        return "DCGM does not report the usage of each pod on a shared GPU"
    return "usage does not show whether fewer GPUs would be enough" if devices.count > 1 else None


def _parts_of_cards(platform: Platform, accelerator: str) -> Sequence[Offer]:
    """The parts of GPUs of one accelerator in the pools, smallest first."""
    found = [offer for pool in platform.pools if pool.accelerator == accelerator for offer in pool.offers]
    parts = (offer for offer in found if not offer.is_whole)
    return sorted(parts, key=lambda offer: (offer.share, offer.memory_gib))


def _request_for(platform: Platform, now: ResourceClass, accelerator: str, offer: Offer) -> GpuRequest | None:
    """A request by share or by memory that selects exactly this device; None if there is none."""
    share = math.floor(offer.share * _SHARE_DIGITS) / _SHARE_DIGITS
    memory = f"{math.floor(offer.memory_gib)}Gi"
    for amount in ({"share": share}, {"memory": memory}):
        request = GpuRequest.model_validate({"accelerator": accelerator, **amount})
        devices = platform.devices_for(now.model_copy(update={"gpus": 0, "gpu": request}))
        if devices and devices.resource == offer.resource:
            return request
    return None
