"""The devices that plug-ins advertise on a pool's nodes, and the devices that a pod requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from settings.gpu.accelerators import VENDORS, Accelerator, Vendor
from settings.gpu.gpu_request import GpuRequest
from settings.gpu.node_marks import Taint
from settings.gpu.sharing import REPLICATING, Sharing, SharingStrategy
from settings.values.quantity import quantity_value

_GIB = 2**30


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One kind of device of a card.

    ``per_card`` is the number of such devices on each card. ``share`` is the fraction of a card that counts for a
    request, ``card_part`` the fraction that others lose; ``isolated`` says that its memory is dedicated.
    """

    resource: str
    per_card: int
    share: Fraction
    card_part: Fraction
    memory_gib: Fraction
    isolated: bool = True

    @property
    def is_whole(self) -> bool:
        """Whether the device is a whole card, of which a pod may have several."""
        return self.resource in {names.resource for names in VENDORS.values()} and self.per_card == 1

    def serves(self, request: GpuRequest) -> bool:
        """Whether the device satisfies a request, regardless of the kind of accelerator."""
        if request.count is not None:
            return self.is_whole
        if request.memory is not None:
            return self.memory_gib * _GIB >= quantity_value(request.memory)
        return not self.is_whole and self.share >= request.least_share


def offers(card: Accelerator, sharing: Sharing) -> tuple[Offer, ...]:
    """The devices of a card under a supported way of sharing."""
    whole = card.names.resource
    if sharing.strategy in REPLICATING and sharing.replicas:
        part = Fraction(1, sharing.replicas)
        return (
            Offer(
                # The plug-in renames it, so that a pod that requests a whole card never gets a fraction of one.
                resource=f"{whole}.shared",
                per_card=sharing.replicas,
                share=part,
                card_part=part,
                memory_gib=card.memory_gib * part,
                isolated=sharing.strategy is SharingStrategy.MPS,
            ),
        )
    if sharing.profiles:
        return _mig_offers(card, sharing)
    return (
        Offer(
            resource=whole,
            per_card=1,
            share=Fraction(1),
            card_part=Fraction(1),
            memory_gib=Fraction(card.memory_gib),
        ),
    )


def _mig_offers(card: Accelerator, sharing: Sharing) -> tuple[Offer, ...]:
    compute_slices = sum(card.mig[name].compute_slices * count for name, count in sharing.profiles.items())
    single = sharing.strategy is SharingStrategy.MIG_SINGLE
    return tuple(
        Offer(
            resource=card.names.resource if single else card.mig[name].resource,
            per_card=count,
            share=Fraction(1, card.mig[name].instances),
            card_part=Fraction(card.mig[name].compute_slices, compute_slices),
            memory_gib=Fraction(card.mig[name].memory_gib),
        )
        for name, count in sharing.profiles.items()
    )


@dataclass(frozen=True, kw_only=True)
class Devices:
    """Accelerators of one pod: ``count`` of the extended resource ``resource``, on nodes that have it.

    A node has them if it has all labels of one of ``node_selectors``. ``taints`` are those of the nodes in addition to
    the vendor's own. ``cards`` is the number of cards, for the quota. ``memory_share`` is the fraction of a card's
    memory that the pod itself must not exceed, because nothing else limits it. ``has_node_memory`` is whether the
    device plug-in mounts shared memory of the node at /dev/shm, as it does for clients of MPS. ``is_partition`` is
    whether they are MIG devices.
    """

    vendor: Vendor
    resource: str
    count: int
    cards: Fraction
    node_selectors: tuple[Mapping[str, str], ...]
    taints: tuple[Taint, ...] = ()
    runtime_class: str | None = None
    memory_share: Fraction | None = None
    has_node_memory: bool = False
    is_partition: bool = False

    @property
    def is_whole_of_nvidia(self) -> bool:
        """Whether they are whole cards of NVIDIA, the utilization of which DCGM measures: not that of MIG devices.

        Source: https://github.com/NVIDIA/dcgm-exporter/issues/216
        """
        whole = VENDORS[Vendor.NVIDIA].resource
        return self.vendor is Vendor.NVIDIA and self.resource == whole and not self.is_partition


def any_gpus(count: int) -> Devices:
    """Whole GPUs of any node on which NVIDIA's feature discovery found one."""
    names = VENDORS[Vendor.NVIDIA]
    return Devices(
        vendor=Vendor.NVIDIA,
        resource=names.resource,
        count=count,
        cards=Fraction(count),
        node_selectors=({names.node_label: "true"},),
    )
