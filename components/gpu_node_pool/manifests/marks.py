"""The labels and taints of a pool's nodes, whichever provisioner creates them."""

from collections.abc import Mapping

from components.device_plugin import node_labels
from settings import POOL_LABEL, VENDORS, GpuPool, Taint


def labels(pool: GpuPool) -> Mapping[str, str]:
    """The pool's own label, those that choose how cards are shared, and those that the stack adds."""
    return {POOL_LABEL: pool.name, **node_labels(pool), **pool.labels}


def taints(pool: GpuPool) -> tuple[Taint, ...]:
    """The vendor's taint, which keeps out pods that need no accelerator, and those that the stack adds."""
    return (Taint(key=VENDORS[pool.card.vendor].resource, value="present"), *pool.taints)
