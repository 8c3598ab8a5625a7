"""What a stack's models have cost: the hours that Prometheus recorded times the prices; see docs/rightsizing.md."""

from inferencectl.rightsizing import PrometheusApi, Window
from inferencectl.spending.held import Coverage, Held, coverage, held_by_model, require_series
from inferencectl.spending.report import ModelSpending, Report, print_report
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import Model, Platform
from settings.running_cost import ModelHours, stack_hours

__all__ = ["Report", "print_report", "report_of"]


def report_of(platform: Platform, stack: str, api: PrometheusApi, window: Window) -> Report:
    """What each model has cost within the window, beside what was planned for the hours of which that is known.

    Raises:
        SandboxError: the stack has no prices, or Prometheus cannot be asked or lacks series that hours are made of.
    """
    costs = stack_hours(platform)
    if costs is None:
        raise SandboxError(
            f"stack {stack} has no prices, and hours alone are no cost",
            f"set prices in Pulumi.{stack}.yaml: docs/settings.md",
            exit_code=BAD_INPUT,
        )
    require_series(api, platform.namespace, window)
    hours = coverage(api, platform.namespace, window)
    held = {**held_by_model(api, platform.namespace, window)}
    models = [
        _spending(platform, model, costs.models[model.name], held.pop(model.name, None), hours)
        for model in platform.models
    ]
    return Report(stack=stack, window=window.text, currency=costs.currency, coverage=hours, models=models, others=held)


def _spending(platform: Platform, model: Model, cost: ModelHours, held: Held | None, hours: Coverage) -> ModelSpending:
    least, most = cost.planned
    team = model.team or (platform.monitoring.team if platform.monitoring else "")
    return ModelSpending(
        name=model.name,
        team=team,
        held=held,
        prices=cost.prices,
        devices=platform.devices_for(platform.resources_of(model)),
        planned=(least * hours.seen, most * hours.seen),
    )
