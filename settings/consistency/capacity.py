"""Check that all models of a stack fit into its quota at their maximum."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from settings.cluster.quota import Quota
from settings.cluster.resource_class import ResourceClass
from settings.gpu.devices import Devices
from settings.gpu.gpu_pool import SPARE_CPU, SPARE_MEMORY, GpuPool
from settings.graph.graph import Graph
from settings.graph.size import RouterSize
from settings.model.model import Model
from settings.model.rollout import Strategy
from settings.model.sampling import Sampling
from settings.validation.issues import Issue
from settings.values.quantity import binary_quantity, quantity_value


@dataclass(frozen=True, kw_only=True)
class _Each:
    """The resources of one pod, the number of pods, and the storage that they share."""

    cpu: str
    memory: str
    cards: Fraction
    pods: int
    storage_bytes: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class _Limit:
    """One number of the quota: its key, how its use is computed, and how amounts are formatted."""

    key: str
    taken: Callable[[_Each], Fraction]
    written: Callable[[Fraction], str]


def _number(amount: Fraction) -> str:
    return str(Decimal(amount.numerator) / amount.denominator)


def _bytes(amount: Fraction) -> str:
    return binary_quantity(math.ceil(amount))


_LIMITS = (
    _Limit(key="cpu", taken=lambda each: each.pods * Fraction(quantity_value(each.cpu)), written=_number),
    _Limit(key="memory", taken=lambda each: each.pods * Fraction(quantity_value(each.memory)), written=_bytes),
    _Limit(key="storage", taken=lambda each: Fraction(each.storage_bytes), written=_bytes),
    # In whole cards; a shared device counts as a fraction.
    _Limit(key="gpus", taken=lambda each: each.pods * each.cards, written=lambda cards: str(math.ceil(cards))),
    _Limit(key="pods", taken=lambda each: Fraction(each.pods), written=_number),
)


def quota_issues(
    quota: Quota,
    models: Sequence[tuple[Model, ResourceClass, Devices | None]],
    pools: Sequence[GpuPool] = (),
    graphs: Sequence[Graph] = (),
) -> Iterator[Issue]:
    """An issue for each number of the quota that models, routers and the pools' spare pods can exceed together."""
    others = [*map(_spare, pools), *(_router(graph.router) for graph in graphs)]
    samplers = [_sampler(model.sampling) for model, _, _ in models if model.sampling]
    for limit in _LIMITS:
        available = str(getattr(quota, limit.key))
        taken = {model.name: limit.taken(_each(model, resources, devices)) for model, resources, devices in models}
        needed = sum(taken.values(), Fraction(0)) + sum(map(limit.taken, [*others, *samplers]), Fraction(0))
        if needed > Fraction(quantity_value(available)):
            largest = max(taken, key=lambda name: taken[name])
            yield Issue(
                path=("quota", limit.key),
                found=available,
                expected=f"at least {limit.written(needed)}, what all models take at their maximum during a rollout",
                hint=f"raise it, or lower maxReplicas: '{largest}' alone takes {limit.written(taken[largest])}",
            )


def _each(model: Model, resources: ResourceClass, devices: Devices | None) -> _Each:
    """A model at its maximum, plus the one pod that the rollout of each version starts before it stops another.

    With the strategy `recreate`, nothing starts before something else has stopped.
    """
    surge = 0 if model.rollout.strategy is Strategy.RECREATE else 1
    return _Each(
        cpu=resources.cpu,
        memory=resources.memory,
        cards=devices.cards if devices else Fraction(0),
        pods=len(model.running) * (model.max_replicas + surge),
        storage_bytes=quantity_value(model.volume.capacity) if model.volume else Decimal(0),
    )


def _sampler(sampling: Sampling) -> _Each:
    """One pod, which ends before another one starts."""
    return _Each(cpu=sampling.cpu, memory=sampling.memory, cards=Fraction(0), pods=1)


def _router(size: RouterSize) -> _Each:
    """All pods, and the one that a rollout starts before it stops another."""
    return _Each(cpu=size.cpu, memory=size.memory, cards=Fraction(0), pods=size.most_replicas + 1)


def _spare(pool: GpuPool) -> _Each:
    cards = sum((offer.card_part for offer in pool.offers), Fraction(0)) / len(pool.offers)
    return _Each(cpu=SPARE_CPU, memory=SPARE_MEMORY, cards=cards, pods=pool.spare * len(pool.offers))
