"""What a stack's models have cost: the hours that Prometheus recorded times the prices; see docs/rightsizing.md."""

from inferencectl.rightsizing import PrometheusApi, Window
from inferencectl.spending.held import coverage, held_by_model, require_series
from inferencectl.spending.report import ModelSpending, Report, print_report
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import Platform
from settings.cluster.prices import Prices
from settings.cost import hour_of_pods, hour_prices

__all__ = ["Report", "prices_of", "print_report", "report_of"]


def prices_of(platform: Platform, stack: str) -> Prices:
    """The prices of a stack.

    Raises:
        SandboxError: it has none.
    """
    if platform.prices is None:
        raise SandboxError(
            f"stack {stack} has no prices, and hours alone are no cost",
            f"set prices in Pulumi.{stack}.yaml: docs/settings.md",
            exit_code=BAD_INPUT,
        )
    return platform.prices


def report_of(platform: Platform, stack: str, api: PrometheusApi, window: Window) -> Report:
    """What each model has cost within the window, beside what was planned for the hours of which that is known.

    Raises:
        SandboxError: the stack has no prices, or Prometheus cannot be asked or lacks series that hours are made of.
    """
    prices = prices_of(platform, stack)
    require_series(api, platform.namespace, window)
    hours = coverage(api, platform.namespace, window)
    held = {**held_by_model(api, platform.namespace, window)}
    models = []
    for model in platform.models:
        resources = platform.resources_of(model)
        least, most = hour_of_pods(prices, platform, model, resources)
        models.append(
            ModelSpending(
                name=model.name,
                held=held.pop(model.name, None),
                prices=hour_prices(prices, platform, resources),
                devices=platform.devices_for(resources),
                planned=(least * hours.seen, most * hours.seen),
            )
        )
    return Report(
        stack=stack,
        team=platform.monitoring.team if platform.monitoring else "",
        window=window.text,
        currency=prices.currency,
        coverage=hours,
        models=models,
        others=held,
    )
