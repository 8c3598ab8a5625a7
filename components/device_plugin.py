"""The configuration of NVIDIA's device plug-in and MIG manager for each pool, under the pool's name.

Sources: the plug-in's configuration file (https://github.com/NVIDIA/k8s-device-plugin), and the format of MIG
configurations (https://github.com/NVIDIA/mig-parted).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from settings import VENDORS, GpuPool, SharingStrategy, Vendor

PLUGIN_CONFIG_LABEL = "nvidia.com/device-plugin.config"
MIG_CONFIG_LABEL = "nvidia.com/mig.config"

MIG_DISABLED = "all-disabled"
WHOLE_CARDS = "whole.cards"
"""The plug-in's configuration for nodes that select none. No pool has this name, as names of pools have no dots."""

_MIG_STRATEGIES = {SharingStrategy.MIG_SINGLE: "single", SharingStrategy.MIG_MIXED: "mixed"}
_SHARING_KEYS = {SharingStrategy.TIME_SLICING: "timeSlicing", SharingStrategy.MPS: "mps"}


def node_labels(pool: GpuPool) -> Mapping[str, str]:
    """The labels by which a node selects its configurations; none if its cards are not shared."""
    if pool.sharing.strategy is SharingStrategy.NONE:
        return {}
    mig = {MIG_CONFIG_LABEL: pool.name} if pool.sharing.profiles else {}
    return {PLUGIN_CONFIG_LABEL: pool.name, **mig}


def plugin_configurations(pools: Iterable[GpuPool]) -> Mapping[str, Mapping[str, Any]]:
    """The plug-in's configuration of each pool that shares cards, by the value of :data:`PLUGIN_CONFIG_LABEL`.

    It includes one for all other nodes, because the plug-in's configuration manager does not start without one.
    """
    shared = {pool.name: _plugin_configuration(pool) for pool in pools if node_labels(pool)}
    return {WHOLE_CARDS: {"version": "v1", "flags": {"migStrategy": "none"}}, **shared}


def _plugin_configuration(pool: GpuPool) -> Mapping[str, Any]:
    strategy = pool.sharing.strategy
    configuration: dict[str, Any] = {
        "version": "v1",
        "flags": {"migStrategy": _MIG_STRATEGIES.get(strategy, "none")},
    }
    if strategy in _SHARING_KEYS:
        replicated = {"name": VENDORS[Vendor.NVIDIA].resource, "replicas": pool.sharing.replicas}
        sharing: dict[str, Any] = {"renameByDefault": True, "resources": [replicated]}
        if strategy is SharingStrategy.TIME_SLICING:
            # Two parts of a card compute no faster than one, so a request for two is a mistake and fails.
            sharing["failRequestsGreaterThanOne"] = True
        configuration["sharing"] = {_SHARING_KEYS[strategy]: sharing}
    return configuration


def mig_configurations(pools: Iterable[GpuPool]) -> Mapping[str, Any]:
    """How MIG manager partitions the cards of each pool, by the value of :data:`MIG_CONFIG_LABEL`; off by default."""
    cuts = {
        pool.name: [{"devices": "all", "mig-enabled": True, "mig-devices": dict(pool.sharing.profiles)}]
        for pool in pools
        if pool.sharing.profiles
    }
    return {"version": "v1", "mig-configs": {MIG_DISABLED: [{"devices": "all", "mig-enabled": False}], **cuts}}
