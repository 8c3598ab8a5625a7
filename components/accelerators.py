"""How a pod requests accelerators, and how it is scheduled to the nodes that have them."""

from collections.abc import Iterable, Mapping, Sequence

from pulumi_kubernetes.core.v1 import (
    NodeAffinityArgs,
    NodeSelectorArgs,
    NodeSelectorRequirementArgs,
    NodeSelectorTermArgs,
    TolerationArgs,
)

from settings import VENDORS, Architecture, Devices, GpuPool, Taint, Vendor

_ARCHITECTURE = "kubernetes.io/arch"


def device_amounts(devices: Devices | None) -> dict[str, str]:
    """The entries for requests and limits, which must be equal for devices."""
    return {devices.resource: str(devices.count)} if devices else {}


def node_selector(devices: Devices | None) -> dict[str, str] | None:
    """The labels of the nodes that have the devices; None if there are several kinds of nodes, or no devices."""
    return dict(devices.node_selectors[0]) if devices and len(devices.node_selectors) == 1 else None


def node_affinity(devices: Devices | None, architectures: Sequence[Architecture]) -> NodeAffinityArgs:
    """Nodes of some architectures, and of one of several kinds, if :func:`node_selector` is not enough."""
    several = devices is not None and len(devices.node_selectors) > 1
    return on_one_of(devices.node_selectors if devices and several else ({},), architectures)


def on_one_of(selectors: Iterable[Mapping[str, str]], architectures: Sequence[Architecture]) -> NodeAffinityArgs:
    """Nodes of some architectures that carry all labels of one of ``selectors``."""
    terms = (
        [NodeSelectorRequirementArgs(key=key, operator="In", values=[value]) for key, value in labels.items()]
        for labels in selectors
    )
    return _required(terms, architectures)


def without_labels(keys: Iterable[str], architectures: Sequence[Architecture]) -> NodeAffinityArgs:
    """Nodes of some architectures that carry none of some labels."""
    return _required([[NodeSelectorRequirementArgs(key=key, operator="DoesNotExist") for key in keys]], architectures)


def _required(
    terms: Iterable[list[NodeSelectorRequirementArgs]], architectures: Sequence[Architecture]
) -> NodeAffinityArgs:
    built_for = NodeSelectorRequirementArgs(key=_ARCHITECTURE, operator="In", values=[*architectures])
    selector = NodeSelectorArgs(
        node_selector_terms=[NodeSelectorTermArgs(match_expressions=[*term, built_for]) for term in terms]
    )
    return NodeAffinityArgs(required_during_scheduling_ignored_during_execution=selector)


def pools_of(vendor: Vendor, pools: Iterable[GpuPool]) -> tuple[GpuPool, ...]:
    """The pools with a vendor's accelerators."""
    return tuple(pool for pool in pools if pool.card.vendor is vendor)


def pool_affinity(pools: Iterable[GpuPool], architectures: Sequence[Architecture]) -> NodeAffinityArgs:
    """The nodes of some pools, as far as they have one of the architectures."""
    return on_one_of((pool.node_selector for pool in pools), architectures)


def pool_tolerations(vendor: Vendor, pools: Iterable[GpuPool]) -> list[TolerationArgs]:
    """Tolerate the taints of a vendor's pools, and no others."""
    taints = dict.fromkeys(taint for pool in pools for taint in pool.taints)
    return [vendor_toleration(vendor), *map(toleration, taints)]


def device_tolerations(devices: Devices | None) -> list[TolerationArgs]:
    """Tolerate the taints of the nodes that have the devices."""
    if devices is None:
        return []
    return [vendor_toleration(devices.vendor), *(toleration(taint) for taint in devices.taints)]


def vendor_toleration(vendor: Vendor) -> TolerationArgs:
    """Tolerate the taint of nodes with a vendor's accelerators, whatever value an installation gives it."""
    return TolerationArgs(key=VENDORS[vendor].resource, operator="Exists", effect="NoSchedule")


def toleration(taint: Taint) -> TolerationArgs:
    """Tolerate exactly this taint."""
    return TolerationArgs(key=taint.key, operator="Equal", value=taint.value, effect=taint.effect.value)


GPU_UTILIZATION_METRIC = "DCGM_FI_DEV_GPU_UTIL"
"""GPU utilization in percent, as NVIDIA's DCGM exporter reports it."""
