"""Whether all models of a stack fit into its quota when each runs at its maximum."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from settings.findings import Finding
from settings.model import Model
from settings.quantity import binary_quantity, quantity_value
from settings.quota import Quota
from settings.resource_class import ResourceClass


@dataclass(frozen=True, kw_only=True)
class _Limit:
    """One number of the quota: its key, how much a model takes of it, and how amounts are written."""

    key: str
    taken: Callable[[Model, ResourceClass], Decimal]
    written: Callable[[Decimal], str]


def _pods(model: Model) -> Decimal:
    """Pods of a model at its maximum, with the one more that each version's rollout starts before it stops another."""
    return Decimal(len(model.versions) * (model.max_replicas + 1))


def _capacity(model: Model) -> Decimal:
    return quantity_value(model.volume.capacity) if model.volume else Decimal(0)


_LIMITS = (
    _Limit(key="cpu", taken=lambda model, each: _pods(model) * quantity_value(each.cpu), written=str),
    _Limit(key="memory", taken=lambda model, each: _pods(model) * quantity_value(each.memory), written=binary_quantity),
    _Limit(key="storage", taken=lambda model, _: _capacity(model), written=binary_quantity),
    _Limit(key="gpus", taken=lambda model, each: _pods(model) * each.gpus, written=str),
    _Limit(key="pods", taken=lambda model, _: _pods(model), written=str),
)


def quota_findings(quota: Quota, models: Sequence[tuple[Model, ResourceClass]]) -> Iterator[Finding]:
    """A finding for each number of the quota that the models can exceed together."""
    for limit in _LIMITS:
        available = str(getattr(quota, limit.key))
        taken = {model.name: limit.taken(model, each) for model, each in models}
        needed = sum(taken.values(), Decimal(0))
        if needed > quantity_value(available):
            largest = max(taken, key=lambda name: taken[name])
            yield Finding(
                path=("quota", limit.key),
                found=available,
                expected=f"at least {limit.written(needed)}, what all models take at their maximum during a rollout",
                hint=f"raise it, or lower maxReplicas: '{largest}' alone takes {limit.written(taken[largest])}",
            )
