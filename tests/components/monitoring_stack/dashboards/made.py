"""Dashboards of models of every kind, as Grafana reads them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from components import ModelServiceArgs, MonitoringStackArgs
from components.monitoring_stack.dashboards import dashboards_of
from components.monitoring_stack.dashboards.grafana import json_of
from settings.cluster.dashboards import Dashboards
from tests.components.models import MODELS, model, service_args
from tests.components.watched import MONITORING, watched_models

NAMESPACE = "models"
WANTED = Dashboards(folder="Inference", datasource="Prometheus of the models")
Written = dict[str, Any]


def shown_models() -> Mapping[str, ModelServiceArgs]:
    """A model for each panel there is, by the model's name."""
    batched = service_args(model("batched", **MODELS["batching"]), NAMESPACE, monitoring=MONITORING)
    return {**watched_models(NAMESPACE), "batched": batched}


def written(models: Sequence[ModelServiceArgs] | None = None, namespace: str = NAMESPACE) -> Mapping[str, str]:
    """The files, by the dashboard's name."""
    args = MonitoringStackArgs.of(MONITORING, models or [*shown_models().values()])
    return {each.name: json_of(each, namespace, MONITORING, WANTED) for each in dashboards_of(args)}


def read() -> Mapping[str, Written]:
    """What is in them."""
    return {name: json.loads(text) for name, text in written().items()}
