"""Monthly cost of the parts of a stack, from the prices in its settings.

The arithmetic is exact, because a third of a GPU has no exact decimal form. Amounts are rounded once, to hundredths,
so that the parts add up to the displayed total.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from settings.cluster.prices import Prices
from settings.cluster.resource_class import ResourceClass
from settings.consistency.pools import pools_with
from settings.gpu.gpu_pool import SPARE_CPU, SPARE_MEMORY, GpuPool
from settings.gpu.provisioning import CapacityType
from settings.model.model import Model
from settings.platform import Platform
from settings.values.quantity import quantity_value

_GIB = 2**30


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Monthly cost of a part of a stack, from the fewest pods at the lowest price to the most at the highest.

    Pods are counted over all versions; for spare capacity, they are the pool's spare devices.
    """

    name: str
    least: Decimal
    most: Decimal
    least_pods: int
    most_pods: int


@dataclass(frozen=True, kw_only=True)
class StackCost:
    """Monthly cost of a stack in ``currency``: one part for each model and each pool with spare capacity."""

    currency: str
    parts: tuple[Cost, ...]

    @property
    def total(self) -> Cost:
        """The sum of all parts."""
        return Cost(
            name="total",
            least=sum((part.least for part in self.parts), Decimal(0)),
            most=sum((part.most for part in self.parts), Decimal(0)),
            least_pods=sum(part.least_pods for part in self.parts),
            most_pods=sum(part.most_pods for part in self.parts),
        )


def stack_cost(platform: Platform) -> StackCost | None:
    """The cost of a stack; None for one without prices."""
    prices = platform.prices
    if prices is None:
        return None
    models = [model_cost(prices, platform, model, platform.resources_of(model)) for model in platform.models]
    spares = [_spare_cost(prices, pool) for pool in platform.pools if pool.spare]
    return StackCost(currency=prices.currency, parts=(*models, *spares))


@dataclass(frozen=True, kw_only=True)
class HourPrices:
    """What an hour of a model's pods costs on demand: of a core, a GiB of memory, and one of their devices.

    ``factors`` are the prices of the nodes that they may run on, as fractions of that; ``cards_per_device`` is how much
    of an accelerator one of the devices is, and 0 where the pods have none.
    """

    cpu: Fraction
    memory_gib: Fraction
    device: Fraction
    cards_per_device: Fraction
    factors: Sequence[Fraction]

    def on_demand(self, *, cores: Fraction, gib: Fraction, devices: Fraction) -> Fraction:
        """The price of amounts, or of hours of amounts."""
        return cores * self.cpu + gib * self.memory_gib + devices * self.device

    def span(self, on_demand: Fraction) -> tuple[Fraction, Fraction]:
        """The price on the cheapest of the nodes, and on the dearest."""
        return on_demand * min(self.factors), on_demand * max(self.factors)


def hour_prices(prices: Prices, platform: Platform, resources: ResourceClass) -> HourPrices:
    """What pods with ``resources`` cost on the nodes of ``platform``."""
    devices = platform.devices_for(resources)
    pools = pools_with(devices, platform.pools) if devices else []
    card_hour = prices.accelerator_hour[pools[0].accelerator] if pools else prices.any_gpu_hour or Decimal(0)
    part = devices.cards / devices.count if devices else Fraction(0)
    return HourPrices(
        cpu=Fraction(prices.cpu_hour),
        memory_gib=Fraction(prices.memory_gib_hour),
        device=part * Fraction(card_hour),
        cards_per_device=part,
        factors=[factor for pool in pools for factor in _capacity_factors(prices, pool)] or [Fraction(1)],
    )


def hour_of_pods(
    prices: Prices, platform: Platform, model: Model, resources: ResourceClass
) -> tuple[Fraction, Fraction]:
    """What an hour of a model's pods costs, the fewest on the cheapest nodes and the most on the dearest."""
    hour, devices = hour_prices(prices, platform, resources), platform.devices_for(resources)
    pod = hour.on_demand(
        cores=Fraction(quantity_value(resources.cpu)),
        gib=Fraction(quantity_value(resources.memory)) / _GIB,
        devices=Fraction(devices.count if devices else 0),
    )
    least, most = hour.span(len(model.running) * pod)
    return least * model.min_replicas, most * model.max_replicas


def model_cost(prices: Prices, platform: Platform, model: Model, resources: ResourceClass) -> Cost:
    """The cost of a model of ``platform`` if its pods had ``resources``."""
    least, most = hour_of_pods(prices, platform, model, resources)
    volume = _volume_month(prices, model)
    versions = len(model.running)
    return Cost(
        name=model.name,
        least=rounded(least * prices.hours_per_month + volume),
        most=rounded(most * prices.hours_per_month + volume),
        least_pods=versions * model.min_replicas,
        most_pods=versions * model.max_replicas,
    )


def _spare_cost(prices: Prices, pool: GpuPool) -> Cost:
    card_hour = prices.accelerator_hour[pool.accelerator]
    pods = [_month(prices, SPARE_CPU, SPARE_MEMORY, offer.card_part, card_hour) for offer in pool.offers]
    each, factors = sum(pods, Fraction(0)) * pool.spare, _capacity_factors(prices, pool)
    count = pool.spare * len(pool.offers)
    return Cost(
        name=f"spare of {pool.name}",
        least=rounded(each * min(factors)),
        most=rounded(each * max(factors)),
        least_pods=count,
        most_pods=count,
    )


def _month(prices: Prices, cpu: str, memory: str, cards: Fraction, card_hour: Decimal) -> Fraction:
    """The on-demand price of a pod for a month."""
    hour = (
        Fraction(quantity_value(cpu)) * Fraction(prices.cpu_hour)
        + Fraction(quantity_value(memory)) / _GIB * Fraction(prices.memory_gib_hour)
        + cards * Fraction(card_hour)
    )
    return hour * prices.hours_per_month


def _capacity_factors(prices: Prices, pool: GpuPool) -> Sequence[Fraction]:
    """The prices of a pool's nodes as fractions of the on-demand price."""
    discount = Fraction(prices.spot_discount_percent or 0, 100)
    return [1 - discount if capacity is CapacityType.SPOT else Fraction(1) for capacity in pool.capacity]


def _volume_month(prices: Prices, model: Model) -> Fraction:
    if model.volume is None:
        return Fraction(0)
    return Fraction(quantity_value(model.volume.capacity)) / _GIB * Fraction(prices.storage_gib_month or 0)


def rounded(amount: Fraction) -> Decimal:
    """An amount to hundredths."""
    return Decimal(round(amount * 100)).scaleb(-2)
