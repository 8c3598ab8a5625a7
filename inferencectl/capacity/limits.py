"""What there is: the quota of a namespace, and the devices of the stack's pools."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from inferencectl.capacity.usage import Usage
from settings import GpuPool, quantity_value


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How much of each resource there is at most, and in which words; ``raised_by`` is the key of the settings."""

    name: str
    hard: Usage
    raised_by: str
    counts_spares: bool = True


def quota_limits(namespace: str, quotas: Iterable[Mapping[str, Any]]) -> list[Limit]:
    """The limits of the quotas of a namespace. A quota with a scope counts only some pods, and is left out."""
    return [
        Limit(
            name=f"the quota {quota['metadata']['name']} of {namespace}",
            hard={name: quantity_value(str(amount)) for name, amount in (quota["spec"].get("hard") or {}).items()},
            raised_by="quota",
        )
        for quota in quotas
        if not (quota["spec"].get("scopes") or quota["spec"].get("scopeSelector"))
    ]


def pool_limits(pools: Sequence[GpuPool]) -> list[Limit]:
    """All devices of the pools at their largest; without pools, nobody knows how many there are.

    Pods that hold spare capacity make way for others, and are not counted.
    """
    devices: Counter[str] = Counter()
    for pool in pools:
        for offer in pool.offers:
            devices[f"requests.{offer.resource}"] += int(pool.max_nodes * pool.cards_per_node * offer.per_card)
    if not devices:
        return []
    hard = {name: Decimal(count) for name, count in devices.items()}
    return [Limit(name="the pools at maxNodes", hard=hard, raised_by="maxNodes", counts_spares=False)]
