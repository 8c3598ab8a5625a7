"""What an hour of a stack's models costs: of what their servers hold, and as planned."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from settings.cost import HourPrices, hour_of_pods, hour_prices
from settings.platform import Platform


@dataclass(frozen=True, kw_only=True)
class ModelHours:
    """The prices of what a model's pods hold, and the least and the most that the settings allow for per hour."""

    prices: HourPrices
    planned: tuple[Fraction, Fraction]


@dataclass(frozen=True, kw_only=True)
class StackHours:
    """The same of every model of a stack, by name, in ``currency``.

    Volumes, spare capacity, samplers, routers and the proxies of a mesh are left out.
    """

    currency: str
    models: Mapping[str, ModelHours]

    @property
    def planned(self) -> tuple[Fraction, Fraction]:
        """The sums of what is planned per hour."""
        least, most = zip(*(model.planned for model in self.models.values()), strict=True)
        return sum(least, Fraction(0)), sum(most, Fraction(0))

    @property
    def has_one_price(self) -> bool:
        """Whether all nodes that a model may run on cost the same."""
        return all(len(set(model.prices.factors)) == 1 for model in self.models.values())


def stack_hours(platform: Platform) -> StackHours | None:
    """What an hour of a stack costs; None for one without prices."""
    prices = platform.prices
    if prices is None:
        return None
    models = {
        model.name: ModelHours(
            prices=hour_prices(prices, platform, platform.resources_of(model)),
            planned=hour_of_pods(prices, platform, model, platform.resources_of(model)),
        )
        for model in platform.models
    }
    return StackHours(currency=prices.currency, models=models)
