"""Whether a model's servers are there, and whether we would notice if they were not."""

from collections.abc import Iterator, Sequence

from components.model_service.args import ServedVersion
from components.model_service.manifests.durations import files_seconds
from components.monitoring_stack.rules.releases import is_progressive
from components.monitoring_stack.rules.rule import SLOWLY, UNHURRIED, Alert, Group, Severity
from components.monitoring_stack.rules.together import Together, by_kind
from components.monitoring_stack.rules.watched import Watched, names_of

LEAST_DOWN_MINUTES = 5
_REMEMBERED = "1d"


def groups(model: Watched) -> Iterator[Group]:
    """The alerts on a model's servers and on their metrics."""
    scraped = [_server_down(model), _metrics_missing(model)]
    yield Group(name=f"{model.name}-scraped", rules=scraped, interval=UNHURRIED)
    if model.args.model.objective:
        # It looks back for a day, and has to last for an hour.
        yield Group(name=f"{model.name}-indicator", rules=[_indicator_missing(model)], interval=SLOWLY)


def groups_together(models: Sequence[Watched]) -> Iterator[Group]:
    """The alerts on the models' pods."""
    for kind, teams in by_kind(models):
        rules = [alert for team, same in teams for alert in _unavailable(same, team)]
        yield Group(name=f"health-of-{kind}s", rules=rules)


def _unavailable(models: Together, team: str) -> Iterator[Alert]:
    # Each version alone: a ready one without requests does not answer those of another.
    called = [served for model in models.models for served in _called(model)]
    waiting = [served for served in models.running if served not in called]
    for versions, severity in ((called, Severity.CRITICAL), (waiting, Severity.WARNING)):
        if versions:
            names = names_of(versions)
            yield Alert(
                name="ModelUnavailable",
                expr=models.with_model(f"{_without_pods(models, names)} or 0 * ({_deleted(models, names)})"),
                lasting="2m",
                severity=severity,
                summary=f"A version of model {models.name} has no ready pod",
                description=f"{{{{ $value }}}} pods of {{{{ $labels.{models.kind} }}}} are ready: "
                "it cannot answer any request.",
                team=team,
            )


def _called(model: Watched) -> Sequence[ServedVersion]:
    """The versions that get requests."""
    return [served for served in model.running if served.version.share_percent or is_progressive(model)]


def _without_pods(model: Watched, names: str) -> str:
    # What is scaled to zero wants no pod.
    each = f"sum by ({model.kind})"
    return f"{each} ({model.available(names)}) == 0 and {each} ({model.wanted(names)}) > 0"


def _deleted(model: Watched, names: str) -> str:
    # Not before it was there for the first time, nor while nobody tells what is there.
    each, wanted = f"max by ({model.kind})", model.wanted(names)
    existed = f"{each} (present_over_time({wanted}[{_REMEMBERED}]))"
    return f"{existed} unless {each} ({wanted}) and on () {model.kubernetes_is_seen}"


def _server_down(model: Watched) -> Alert:
    return Alert(
        name="ModelServerDown",
        expr=model.silent,
        lasting=f"{start_minutes(model)}m",
        severity=Severity.WARNING,
        summary=f"A server of model {model.name} does not answer",
        description="Prometheus cannot read the metrics of {{ $labels.pod }}: scrapes that succeed: {{ $value }} of 1.",
        model=model.name,
    )


def start_minutes(model: Watched) -> int:
    """As long as a pod may take to answer for the first time: until then, its silence is no news."""
    seconds = max(served.server.start_timeout_seconds + files_seconds(served) for served in model.running)
    return max(LEAST_DOWN_MINUTES, -(-seconds // 60))


def _metrics_missing(model: Watched) -> Alert:
    return Alert(
        name="ModelMetricsMissing",
        expr=f"sum({model.available(model.workloads)}) > 0 unless count({model.answering})",
        lasting="10m",
        severity=Severity.CRITICAL,
        summary=f"Prometheus scrapes no server of model {model.name}",
        description="{{ $value }} pods are ready, and none is scraped: no alert on the model's requests can fire.",
        model=model.name,
    )


def _indicator_missing(model: Watched) -> Alert:
    # A server has no series before its first request, so one has to have been there.
    requests = model.own(model.counts.requests)
    had = f"count(present_over_time({requests}[{_REMEMBERED}]))"
    return Alert(
        name="ModelIndicatorMissing",
        expr=f"count({model.answering}) and {had} unless count({requests})",
        lasting="1h",
        severity=Severity.WARNING,
        summary=f"The objective of model {model.name} is not measured",
        description="{{ $value }} servers are scraped, and none counts requests, as they did within the last day.",
        model=model.name,
    )
