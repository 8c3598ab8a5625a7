"""A pool of nodes with accelerators."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from settings.gpu.accelerators import ACCELERATORS, Accelerator
from settings.gpu.devices import Devices, Offer, offers
from settings.gpu.disruption import Disruption
from settings.gpu.gpu_request import AcceleratorName, GpuRequest
from settings.gpu.node_marks import LabelKey, LabelValue, Taint
from settings.gpu.provisioning import CapacityType, MachineTemplate, NodeLimits, ObjectReference, Provisioner
from settings.gpu.sharing import Sharing, SharingStrategy
from settings.validation.issues import MISSING, Issue
from settings.validation.section import Count, Section, WholeNumber, key_of
from settings.values.text import DnsLabel, DnsSubdomain, ModelName

# A kubelet may not set labels of this domain on its own node; Karpenter and Cluster API can.
POOL_LABEL = "node-restriction.kubernetes.io/gpu-pool"
# Resources of a pod that keeps a device free.
SPARE_CPU, SPARE_MEMORY = "10m", "32Mi"

_NEEDED = {
    Provisioner.KARPENTER: ("node_class", "instance_types"),
    Provisioner.CLUSTER_API: ("machine",),
    Provisioner.EXISTING: (),
}
_KARPENTERS = ("weight", "disruption", "node_class", "instance_types", "limits")
_WITHOUT_EFFECT = {
    Provisioner.KARPENTER: ("machine",),
    Provisioner.CLUSTER_API: _KARPENTERS,
    Provisioner.EXISTING: (*_KARPENTERS, "machine", "zones", "min_nodes", "capacity"),
}


class GpuPool(Section):
    """Nodes with one kind of accelerator, shared in one way. Models do not name pools: they request devices."""

    name: ModelName
    """Name of the pool; its nodes have it in the label `node-restriction.kubernetes.io/gpu-pool`."""
    provisioner: Provisioner
    """What creates the nodes; nodes of `existing` are created elsewhere and only used."""
    accelerator: AcceleratorName
    """Accelerator of the nodes: a key of `ACCELERATORS` in `settings/gpu/accelerators.py`."""
    gpus_per_node: Annotated[WholeNumber, Field(ge=1, le=16)] | None = None
    """Accelerators of a node; defaults to that of a typical instance."""
    sharing: Sharing = Field(default_factory=Sharing)
    """How pods share a card."""
    min_nodes: Annotated[WholeNumber, Field(ge=0, le=1000)] = 0
    """Minimum number of nodes."""
    max_nodes: Annotated[Count, Field(le=1000)]
    """Maximum number of nodes; for `existing`, the number that exist."""
    zones: tuple[DnsLabel, ...] = ()
    """Zones of the nodes; empty for any."""
    capacity: Annotated[tuple[CapacityType, ...], Field(min_length=1)] = (CapacityType.ON_DEMAND,)
    """Kinds of capacity; `[spot, on-demand]` falls back to on-demand if spot is not available."""
    weight: Annotated[WholeNumber, Field(ge=1, le=100)] | None = None
    """Karpenter tries the pool with the greatest weight first."""
    labels: Mapping[LabelKey, LabelValue] = Field(default_factory=lambda: MappingProxyType({}))
    """Labels of the nodes; for `existing`, the labels that select them instead of the pool's label."""
    taints: tuple[Taint, ...] = ()
    """Taints in addition to the vendor's own, such as a team's; the stack's pods tolerate them."""
    runtime_class: DnsSubdomain | None = None
    """RuntimeClass of models on these nodes, such as `nvidia` if it is not the default."""
    spare: Annotated[WholeNumber, Field(ge=0, le=1000)] = 0
    """Devices of each kind to keep free and warm, by placeholder pods that yield immediately."""
    disruption: Disruption = Field(default_factory=Disruption)
    """When nodes are removed or replaced; Karpenter only."""
    node_class: ObjectReference | None = None
    """NodeClass of Karpenter's cloud provider."""
    instance_types: tuple[DnsSubdomain, ...] = ()
    """Instance types that have the accelerator; Karpenter only."""
    limits: NodeLimits = Field(default_factory=NodeLimits)
    """Limits of all nodes together; Karpenter only."""
    machine: MachineTemplate | None = None
    """Template of the nodes; Cluster API only."""

    @property
    def card(self) -> Accelerator:
        """The accelerator of the nodes."""
        return ACCELERATORS[self.accelerator]

    @property
    def cards_per_node(self) -> int:
        """Accelerators of one node."""
        return self.gpus_per_node or self.card.per_node

    @cached_property
    def offers(self) -> tuple[Offer, ...]:
        """The kinds of devices that a node has."""
        return offers(self.card, self.sharing)

    @property
    def node_selector(self) -> Mapping[str, str]:
        """The labels that select exactly the nodes of this pool."""
        return self.labels if self.provisioner is Provisioner.EXISTING and self.labels else {POOL_LABEL: self.name}

    def devices(self, offer: Offer, count: int = 1) -> Devices:
        """Devices of one kind, on the nodes of this pool."""
        return Devices(
            vendor=self.card.vendor,
            resource=offer.resource,
            count=count,
            cards=offer.card_part * count,
            node_selectors=(self.node_selector,),
            taints=self.taints,
            runtime_class=self.runtime_class,
            memory_share=None if offer.isolated else offer.share,
            has_node_memory=self.sharing.strategy is SharingStrategy.MPS,
            is_partition=bool(self.sharing.profiles),
        )

    def best_offer(self, request: GpuRequest) -> Offer | None:
        """The smallest device of this pool that satisfies a request."""
        if request.accelerator not in (None, self.accelerator):
            return None
        if request.accelerator is None and not self.card.replicable:
            return None
        if (request.count or 0) > self.cards_per_node:
            return None
        fitting = [offer for offer in self.offers if offer.serves(request)]
        return min(fitting, key=lambda offer: (offer.share, offer.memory_gib, offer.card_part), default=None)

    def issues(self) -> Iterator[Issue]:
        """Check that numbers, card, sharing and provisioner are consistent."""
        if self.min_nodes > self.max_nodes:
            yield Issue(
                path=("minNodes",), found=f"{self.min_nodes}, more than maxNodes", expected=f"at most {self.max_nodes}"
            )
        for issue in self.sharing.card_issues(self.accelerator, self.card):
            yield issue.below("sharing")
        yield from self._provisioner_issues()
        if self.provisioner is Provisioner.KARPENTER:
            yield from self._karpenter_issues()
        if self.provisioner is Provisioner.CLUSTER_API:
            yield from self._cluster_api_issues()

    def _provisioner_issues(self) -> Iterator[Issue]:
        for field in _NEEDED[self.provisioner]:
            if not getattr(self, field):
                yield Issue(
                    path=(key_of(field),), found=MISSING, expected=f"what {self.provisioner} creates nodes from"
                )
        for field in _WITHOUT_EFFECT[self.provisioner]:
            if field in self.model_fields_set:
                yield Issue(
                    path=(key_of(field),),
                    found=f"has no effect with provisioner {self.provisioner}",
                    expected=f"no {key_of(field)}, or another provisioner",
                )

    def _karpenter_issues(self) -> Iterator[Issue]:
        if self.min_nodes:
            yield Issue(
                path=("minNodes",),
                found=f"{self.min_nodes} with karpenter, which keeps no empty nodes",
                expected="0",
                hint="spare keeps devices, and so their nodes, warm",
            )
        if self.sharing.strategy is SharingStrategy.MIG_SINGLE:
            yield Issue(
                path=("sharing", "strategy"),
                found="mig-single with karpenter, which would count its devices as whole cards",
                expected="mig-mixed: its devices have names of their own",
            )
        if self.capacity not in ((CapacityType.SPOT,), (CapacityType.ON_DEMAND,), tuple(CapacityType)):
            yield Issue(
                path=("capacity",),
                found=", ".join(self.capacity),
                expected="spot, on-demand, or both in this order",
                hint="for another order, create two pools and give the first one the greater weight",
            )

    def _cluster_api_issues(self) -> Iterator[Issue]:
        for key, values in (("zones", self.zones), ("capacity", self.capacity)):
            if len(values) > 1:
                yield Issue(
                    path=(key,),
                    found=f"{', '.join(values)} with cluster-api",
                    expected="one, as a machine template has only one",
                    hint="create a pool for each",
                )
        if self.min_nodes == 0 and len(self.offers) > 1:
            yield Issue(
                path=("minNodes",),
                found=f"0, with {len(self.offers)} kinds of devices",
                expected="at least 1: of an empty pool, the autoscaler knows only one kind of device",
                hint="or a pool for each MIG profile",
            )
