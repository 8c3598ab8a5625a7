"""What part of a card a pod should ask for, by what it took of a whole one.

DCGM measures cards. Where several pods share one, it tells of all of them together, and of a MIG device it tells no
use, so only a pod with a whole card of its own is judged; and only the devices that the stack's pools have of the same
accelerator are proposed, as a share of another card is another speed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from inferencectl.rightsizing.usage import GpuUsage
from settings import Devices, GpuPool, GpuRequest, Offer, Platform, ResourceClass, pools_with

GPU_HEADROOM = Decimal("1.2")
"""Of the use of a card that was enough for 95 % of the time."""
GPU_MEMORY_HEADROOM = Decimal("1.25")
"""Of the most memory of a card that was ever taken."""

_MIB_PER_GIB = 1024
_SHARE_DIGITS = 10_000


@dataclass(frozen=True, kw_only=True)
class GpuProposal:
    """``request`` is None where what the pods ask for is to stay; ``note`` says why, and is empty without GPUs."""

    request: GpuRequest | None = None
    note: str = ""


def gpu_proposal(platform: Platform, now: ResourceClass, usage: GpuUsage | None) -> GpuProposal:
    """The smallest device of the stack's pools that would have been enough, in place of a whole card."""
    devices = platform.devices_for(now)
    if devices is None:
        return GpuProposal()
    pools = pools_with(devices, platform.pools)
    if reason := _unjudged(devices, pools):
        return GpuProposal(note=reason)
    if usage is None:
        return GpuProposal(note="Prometheus has too little of DCGM's metrics of its pods")
    share = usage.p95_percent / 100 * GPU_HEADROOM
    memory_gib = usage.memory_max_mib / _MIB_PER_GIB * GPU_MEMORY_HEADROOM
    for offer in _parts_of_cards(platform, pools[0].accelerator):
        if offer.share >= share and offer.memory_gib >= memory_gib:
            request = _request_for(platform, now, pools[0].accelerator, offer)
            if request:
                return GpuProposal(request=request)
    return GpuProposal(note=f"no pool has a smaller device with {share:.2f} of a card and {memory_gib:.1f}Gi")


def _unjudged(devices: Devices, pools: Sequence[GpuPool]) -> str | None:
    """Why the use of these devices says nothing about how many of them are needed, if so."""
    if not pools:
        return "what its GPUs are is not known in a stack without pools"
    if not any(offer.is_whole for offer in pools[0].offers if offer.resource == devices.resource):
        return "DCGM does not tell apart who shares a card"
    return "whether fewer cards would do, their use does not tell" if devices.count > 1 else None


def _parts_of_cards(platform: Platform, accelerator: str) -> Sequence[Offer]:
    """Parts of cards of one accelerator that the pools have, the smallest first."""
    found = [offer for pool in platform.pools if pool.accelerator == accelerator for offer in pool.offers]
    parts = (offer for offer in found if not offer.is_whole)
    return sorted(parts, key=lambda offer: (offer.share, offer.memory_gib))


def _request_for(platform: Platform, now: ResourceClass, accelerator: str, offer: Offer) -> GpuRequest | None:
    """A request that gets this device and no other, by share or by memory, if there is one."""
    share = math.floor(offer.share * _SHARE_DIGITS) / _SHARE_DIGITS
    memory = f"{math.floor(offer.memory_gib)}Gi"
    for amount in ({"share": share}, {"memory": memory}):
        request = GpuRequest.model_validate({"accelerator": accelerator, **amount})
        devices = platform.devices_for(now.model_copy(update={"gpus": 0, "gpu": request}))
        if devices and devices.resource == offer.resource:
            return request
    return None
