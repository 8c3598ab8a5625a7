"""The accelerators that node pools can have, under the vendors' own names.

Sources: NVIDIA's data sheets, its GPU feature discovery and the MIG user guide (supported-mig-profiles); AMD's Instinct
data sheets and GPU operator; Intel's Gaudi documentation and base operator. Memory is the
nominal memory of a card or MIG profile in GiB; the driver reserves a few percent of it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

MIG_COMPUTE_SLICES = 7
MIG_MEMORY_SLICES = 8
MPS_CLIENTS = 48
"""Maximum number of processes on one card under MPS."""

# Compute and memory slices of a card's profiles, in the order of the lists below.
_MIG_SLICES = ((1, 1), (1, 2), (2, 2), (3, 4), (4, 4), (7, 8))


class Vendor(StrEnum):
    """Vendor of an accelerator; each has its own software on the node."""

    NVIDIA = "nvidia"
    AMD = "amd"
    INTEL = "intel"


@dataclass(frozen=True, kw_only=True)
class VendorNames:
    """Names that a vendor's software uses on a node.

    ``resource`` is a whole device as advertised by the device plug-in, and by convention the key of the nodes' taint;
    ``node_label`` is ``"true"`` on nodes where feature discovery found a device.
    """

    resource: str
    node_label: str


VENDORS: Mapping[Vendor, VendorNames] = MappingProxyType(
    {
        Vendor.NVIDIA: VendorNames(resource="nvidia.com/gpu", node_label="nvidia.com/gpu.present"),
        Vendor.AMD: VendorNames(resource="amd.com/gpu", node_label="feature.node.kubernetes.io/amd-gpu"),
        Vendor.INTEL: VendorNames(resource="habana.ai/gaudi", node_label="intel.feature.node.kubernetes.io/gaudi"),
    }
)


@dataclass(frozen=True, kw_only=True)
class MigProfile:
    """A partition of a card with dedicated memory and compute units, such as ``1g.10gb``."""

    name: str
    compute_slices: int
    memory_slices: int

    @property
    def memory_gib(self) -> int:
        """Memory of one instance."""
        return int(re.findall(r"[0-9]+", self.name)[-1])

    @property
    def instances(self) -> int:
        """How many instances fit on a card that has no other profiles."""
        return min(MIG_COMPUTE_SLICES // self.compute_slices, MIG_MEMORY_SLICES // self.memory_slices)

    @property
    def resource(self) -> str:
        """The extended resource that NVIDIA's device plug-in advertises under the strategy `mixed`."""
        return f"nvidia.com/mig-{self.name}"


@dataclass(frozen=True, kw_only=True)
class Accelerator:
    """One model of card. ``per_node`` is the number of cards of a typical instance; ``mig`` is empty without MIG."""

    vendor: Vendor
    memory_gib: int
    per_node: int
    mig: Mapping[str, MigProfile]

    @property
    def names(self) -> VendorNames:
        """The names that the vendor's software uses."""
        return VENDORS[self.vendor]

    @property
    def replicable(self) -> bool:
        """Whether it can be shared by time-slicing and MPS, which only NVIDIA has."""
        return self.vendor is Vendor.NVIDIA


def _card(vendor: Vendor, memory_gib: int, per_node: int, *mig: str) -> Accelerator:
    profiles = {
        name: MigProfile(name=name, compute_slices=compute, memory_slices=memory)
        for name, (compute, memory) in zip(mig, _MIG_SLICES if mig else (), strict=True)
    }
    return Accelerator(vendor=vendor, memory_gib=memory_gib, per_node=per_node, mig=MappingProxyType(profiles))


_MIG_40 = ("1g.5gb", "1g.10gb", "2g.10gb", "3g.20gb", "4g.20gb", "7g.40gb")
_MIG_80 = ("1g.10gb", "1g.20gb", "2g.20gb", "3g.40gb", "4g.40gb", "7g.80gb")
_MIG_141 = ("1g.18gb", "1g.35gb", "2g.35gb", "3g.71gb", "4g.71gb", "7g.141gb")
_MIG_180 = ("1g.23gb", "1g.45gb", "2g.45gb", "3g.90gb", "4g.90gb", "7g.180gb")

ACCELERATORS: Mapping[str, Accelerator] = MappingProxyType(
    {
        "t4": _card(Vendor.NVIDIA, 16, 1),
        "l4": _card(Vendor.NVIDIA, 24, 1),
        "a10": _card(Vendor.NVIDIA, 24, 1),
        "a10g": _card(Vendor.NVIDIA, 24, 1),
        "a100-40gb": _card(Vendor.NVIDIA, 40, 8, *_MIG_40),
        "a100-80gb": _card(Vendor.NVIDIA, 80, 8, *_MIG_80),
        "l40s": _card(Vendor.NVIDIA, 48, 8),
        "h100": _card(Vendor.NVIDIA, 80, 8, *_MIG_80),
        "h200": _card(Vendor.NVIDIA, 141, 8, *_MIG_141),
        "b200": _card(Vendor.NVIDIA, 180, 8, *_MIG_180),
        "mi210": _card(Vendor.AMD, 64, 8),
        # A card has two dies, each a device with half of the card's memory; nodes usually have four cards.
        "mi250": _card(Vendor.AMD, 64, 8),
        "mi300x": _card(Vendor.AMD, 192, 8),
        "mi325x": _card(Vendor.AMD, 256, 8),
        "gaudi2": _card(Vendor.INTEL, 96, 8),
        "gaudi3": _card(Vendor.INTEL, 128, 8),
    }
)
"""Every accelerator that a pool can name."""
