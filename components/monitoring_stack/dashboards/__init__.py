"""The dashboards as data, a file for each: pure functions of the models of a stack."""

from collections.abc import Sequence

from components.monitoring_stack.args import MonitoringStackArgs
from components.monitoring_stack.dashboards.cost import cost
from components.monitoring_stack.dashboards.distributions import distributions
from components.monitoring_stack.dashboards.gpus import gpus
from components.monitoring_stack.dashboards.model import model
from components.monitoring_stack.dashboards.objectives import objectives
from components.monitoring_stack.dashboards.overview import overview
from components.monitoring_stack.dashboards.panel import Dashboard
from components.monitoring_stack.dashboards.releases import releases

_OF_MODELS = (overview, model, releases, gpus, objectives, distributions)

__all__ = ["Dashboard", "dashboards_of"]


def dashboards_of(args: MonitoringStackArgs) -> Sequence[Dashboard]:
    """Those that show something of a stack's models."""
    made = [
        *(made(args.models) for made in _OF_MODELS),
        cost(args.models, args.hours),
    ]
    return [dashboard for dashboard in made if dashboard.shown]
