"""Dashboards of models of every kind, as Grafana reads them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from components import ModelServiceArgs, MonitoringStackArgs
from components.monitoring_stack.dashboards import dashboards_of
from components.monitoring_stack.dashboards.grafana import json_of
from settings.cluster.dashboards import Dashboards
from settings.cost import HourPrices
from settings.running_cost import ModelHours, StackHours
from tests.components.models import MODELS, model, service_args
from tests.components.watched import MONITORING, watched_models

NAMESPACE = "models"
WANTED = Dashboards(folder="Inference", datasource="Prometheus of the models")
Written = dict[str, Any]


def shown_models() -> Mapping[str, ModelServiceArgs]:
    """A model for each panel there is, by the model's name."""
    batched = service_args(model("batched", **MODELS["batching"]), NAMESPACE, monitoring=MONITORING)
    return {**watched_models(NAMESPACE), "batched": batched}


def hours_of(models: Sequence[ModelServiceArgs]) -> StackHours:
    """A core is 4 cents, a GiB half a cent, a device 3 EUR; one model may be on spot nodes, at half the price."""
    on_demand, spot = Fraction(1), Fraction(1, 2)
    return StackHours(
        currency="EUR",
        models={
            args.model.name: ModelHours(
                prices=HourPrices(
                    cpu=Fraction(4, 100),
                    memory_gib=Fraction(5, 1000),
                    device=Fraction(3) if args.devices else Fraction(0),
                    cards_per_device=Fraction(1) if args.devices else Fraction(0),
                    factors=[spot, on_demand] if args.model.name == "bert" else [on_demand],
                ),
                planned=(Fraction(1, 10), Fraction(2, 10)),
            )
            for args in models
        },
    )


def written(models: Sequence[ModelServiceArgs] | None = None, namespace: str = NAMESPACE) -> Mapping[str, str]:
    """The files, by the dashboard's name."""
    shown = models or [*shown_models().values()]
    args = replace(MonitoringStackArgs.of(MONITORING, shown), hours=hours_of(shown))
    return {each.name: json_of(each, namespace, MONITORING, WANTED) for each in dashboards_of(args)}


def read() -> Mapping[str, Written]:
    """What is in them."""
    return {name: json.loads(text) for name, text in written().items()}
