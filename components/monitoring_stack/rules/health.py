"""Whether a model's servers are there, and whether we would notice if they were not."""

from collections.abc import Iterator, Sequence

from components.model_service.args import ServedVersion
from components.model_service.manifests.durations import files_seconds
from components.monitoring_stack.rules.releases import is_progressive
from components.monitoring_stack.rules.rule import MODEL_LABEL, SLOWLY, UNHURRIED, Alert, Group, Severity
from components.monitoring_stack.rules.together import Together, alike, by_kind, team_of
from components.monitoring_stack.rules.watched import Watched, names_of

LEAST_DOWN_MINUTES = 5
_REMEMBERED = "1d"


def groups(model: Watched) -> Iterator[Group]:
    """The alert on what a model's servers count."""
    if model.args.model.objective:
        # It looks back for a day, and has to last for an hour.
        yield Group(name=f"{model.name}-indicator", rules=[_indicator_missing(model)], interval=SLOWLY)


def groups_together(models: Sequence[Watched]) -> Iterator[Group]:
    """The alerts on the models' pods and on the metrics of their servers."""
    for kind, teams in by_kind(models):
        rules = [alert for team, same in teams for alert in _unavailable(same, team)]
        yield Group(name=f"health-of-{kind}s", rules=rules)
        missing = [_metrics_missing(same, team) for team, same in teams]
        yield Group(name=f"metrics-of-{kind}s", rules=missing, interval=UNHURRIED)
    for minutes, started in alike(models, start_minutes):
        down = [_server_down(same, team, minutes) for team, same in alike(started.models, team_of)]
        yield Group(name=f"servers-down-for-{minutes}m", rules=down, interval=UNHURRIED)


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


def _server_down(models: Together, team: str, minutes: int) -> Alert:
    return Alert(
        name="ModelServerDown",
        expr=models.silent,
        lasting=f"{minutes}m",
        severity=Severity.WARNING,
        summary=f"A server of model {models.name} does not answer",
        description="Prometheus cannot read the metrics of {{ $labels.pod }}: scrapes that succeed: {{ $value }} of 1.",
        team=team,
    )


def start_minutes(model: Watched) -> int:
    """As long as a pod may take to answer for the first time: until then, its silence is no news."""
    seconds = max(served.server.start_timeout_seconds + files_seconds(served) for served in model.running)
    return max(LEAST_DOWN_MINUTES, -(-seconds // 60))


def _metrics_missing(models: Together, team: str) -> Alert:
    ready = models.by_model(models.with_model(models.available(models.workloads)))
    return Alert(
        name="ModelMetricsMissing",
        expr=f"{ready} > 0 unless count by ({MODEL_LABEL}) ({models.answering})",
        lasting="10m",
        severity=Severity.CRITICAL,
        summary=f"Prometheus scrapes no server of model {models.name}",
        description="{{ $value }} pods are ready, and none is scraped: no alert on the model's requests can fire.",
        team=team,
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
