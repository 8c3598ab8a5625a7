"""Which resource a change needs more of than there is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from inferencectl.capacity.demand import Demand
from inferencectl.capacity.limits import Limit
from inferencectl.capacity.usage import Usage


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """A resource of which a change needs ``needed`` at once, more than its limit; ``growing`` are the causes."""

    limit: Limit
    resource: str
    needed: Decimal
    growing: tuple[Demand, ...]


def shortfalls(limits: Sequence[Limit], used: Usage, changes: Sequence[Demand]) -> Iterator[Shortfall]:
    """What is missing, from what all pods take now (``used``) and what the change takes and frees.

    This is a lower bound: what shrinks counts as if it did so first. Where even that is above the limit, the change
    cannot succeed. What leaves the program does so last, so it counts in full.
    """
    for limit in limits:
        counted = [change for change in changes if limit.counts_spares or not change.is_spare]
        for resource, available in limit.hard.items():
            growing = tuple(change for change in counted if change.growth(resource) > 0)
            needed = sum((change.growth(resource) for change in counted), used.get(resource, Decimal(0)))
            if growing and needed > available:
                yield Shortfall(limit=limit, resource=resource, needed=needed, growing=growing)


def without_surge(change: Demand) -> Demand:
    """The same workload if its pods do not change, so that it needs no rollout."""
    return replace(change, surge={})
