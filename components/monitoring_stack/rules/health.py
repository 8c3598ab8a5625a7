"""Whether a model's servers are there, and whether we would notice if they were not."""

from collections.abc import Iterator

from components.monitoring_stack.rules.rule import Alert, Group, Severity
from components.monitoring_stack.rules.watched import Watched


def groups(model: Watched) -> Iterator[Group]:
    """The alerts on a model's pods and on its metrics."""
    alerts = [_unavailable(model), _server_down(model), _metrics_missing(model), *_indicator_missing(model)]
    yield Group(name=f"{model.name}-health", rules=alerts)


def _unavailable(model: Watched) -> Alert:
    # A model that is scaled to zero wants no pod.
    return Alert(
        name="ModelUnavailable",
        expr=f"{model.available} == 0 and {model.wanted} > 0",
        lasting="2m",
        severity=Severity.CRITICAL,
        summary=f"Model {model.name} has no ready pod",
        description="{{ $value }} pods are ready: no request can be answered.",
        model=model.name,
    )


def _server_down(model: Watched) -> Alert:
    return Alert(
        name="ModelServerDown",
        expr=model.silent,
        lasting="5m",
        severity=Severity.WARNING,
        summary=f"A server of model {model.name} does not answer",
        description="Prometheus cannot read the metrics of {{ $labels.pod }}: scrapes that succeed: {{ $value }} of 1.",
        model=model.name,
    )


def _metrics_missing(model: Watched) -> Alert:
    return Alert(
        name="ModelMetricsMissing",
        expr=f"{model.available} > 0 unless count({model.answering})",
        lasting="10m",
        severity=Severity.CRITICAL,
        summary=f"Prometheus scrapes no server of model {model.name}",
        description="{{ $value }} pods are ready, and none is scraped: no alert on the model's requests can fire.",
        model=model.name,
    )


def _indicator_missing(model: Watched) -> Iterator[Alert]:
    if model.args.model.objective is None:
        return
    # A server has no series before its first request, so one has to have been there.
    requests = model.own(model.counts.requests)
    yield Alert(
        name="ModelIndicatorMissing",
        expr=f"count({model.answering}) and count(present_over_time({requests}[1d])) unless count({requests})",
        lasting="1h",
        severity=Severity.WARNING,
        summary=f"The objective of model {model.name} is not measured",
        description="{{ $value }} servers are scraped, and none counts requests, as they did within the last day.",
        model=model.name,
    )
