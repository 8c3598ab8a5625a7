"""Requests: the share that fails, and how long the others take.

A model without requests has no share and no latency: the comparisons with NaN and with nothing are false, so that these
alerts are silent, and that the metrics are there is the matter of others (`health`).
"""

from collections.abc import Iterator, Sequence

from components.model_service.manifests.load_queries import of_either
from components.model_service.runtimes import LoadMetrics, Series
from components.monitoring_stack.rules.rule import MODEL_LABEL, UNHURRIED, Alert, Group, Recording, Severity
from components.monitoring_stack.rules.together import Together, alike, team_of
from components.monitoring_stack.rules.watched import Watched

FAILED, TOTAL = "inference:failed_requests", "inference:requests"
"""What is recorded of requests, before what was done with them: ``inference:requests:rate5m``."""
MOST_FAILED_PERCENT = 5
_SECONDS = 300
LEAST_FAILURES = 3
"""Requests that have to fail before a share is believed: one error of a quiet model is no reason to wake somebody."""


def groups_together(models: Sequence[Watched]) -> Iterator[Group]:
    """The rates of the models' requests and the alerts on them, as far as their runtimes count them."""
    if counted := [model for model in models if model.counts.failures]:
        alerts = [_failing(same, team) for team, same in alike(counted, team_of)]
        yield Group(name="requests", rules=[*recordings(counted, "5m"), *alerts])
    for limit, same in alike(models, _limit):
        if slow := [*_slow(same.models)]:
            yield Group(name=f"latency-of-{limit}ms", rules=slow, interval=UNHURRIED)


def failed_rate(model: Watched, window: str) -> str:
    """Requests per second that were answered with an error; 0 where only others were answered."""
    answered, failed = _rates(model, window)
    return of_either(failed, answered)


def total_rate(model: Watched, window: str) -> str:
    """Requests per second that were answered at all; probes do not count."""
    answered, failed = _rates(model, window)
    return f"({of_either(answered, failed)} + {of_either(failed, answered)})"


def failed_percent(model: Watched, window: str) -> str:
    """The share of the requests that fail; NaN without requests."""
    return f"100 * {failed_rate(model, window)} / {total_rate(model, window)}"


def recorded(model: Watched, operation: str) -> tuple[str, str]:
    """The recordings of the model's failed requests, and of all, of which ``operation`` was made."""
    failed, total = (model.own(Series(name=f"{name}:{operation}")) for name in (FAILED, TOTAL))
    return failed, total


def recordings(models: Sequence[Watched], window: str) -> Iterator[Recording]:
    """The rates of a window that is counted by the servers' own series."""
    for counts, same in alike(models, lambda model: model.counts):
        yield from _recordings(same, counts, window)


def _recordings(models: Together, counts: LoadMetrics, window: str) -> Iterator[Recording]:
    failed = models.by_model(recorded(models, f"rate{window}")[0])
    yield Recording(record=f"{FAILED}:rate{window}", expr=failed_rate(models, window))
    # Failures are known as soon as anything is: only the other requests are counted anew.
    answered = of_either(models.rate(counts.requests, window), failed)
    yield Recording(record=f"{TOTAL}:rate{window}", expr=f"{answered} + {failed}")


def _rates(model: Watched, window: str) -> tuple[str, str]:
    return model.rate(model.counts.requests, window), model.rate(_failures(model), window)


def _failures(model: Watched) -> Series:
    # Nobody is woken for what a client does wrong, where that can be told.
    failures = model.counts.own_failures or model.counts.failures
    if failures is None:
        raise ValueError(f"runtime {model.args.model.runtime} does not count the requests that fail")
    return failures


def _failing(models: Together, team: str) -> Alert:
    failed, total = recorded(models, "rate5m")
    return Alert(
        name="ModelErrorRateHigh",
        expr=f"100 * {failed} / {total} > {MOST_FAILED_PERCENT} and {failed} * {_SECONDS} >= {LEAST_FAILURES}",
        lasting="5m",
        severity=Severity.CRITICAL,
        summary=f"Model {models.name} answers many requests with an error",
        description='{{ $value | printf "%.1f" }} % of the requests of the last 5 minutes failed; '
        f"{MOST_FAILED_PERCENT} % are the limit.",
        team=team,
    )


def _slow(models: Sequence[Watched]) -> Iterator[Alert]:
    for promise, same in alike(models, _promised):
        if promise is None:
            continue
        team, limit, buckets, units = promise
        by_model = f"sum by ({MODEL_LABEL}, le) (rate({same.own(buckets)}[5m]))"
        yield Alert(
            name="ModelLatencyHigh",
            expr=f"histogram_quantile(0.95, {by_model}) / {units} > {limit}",
            lasting="10m",
            severity=Severity.WARNING,
            summary=f"Model {same.name} answers slowly",
            description='The 95th percentile of the latency is {{ $value | printf "%.0f" }} ms; '
            f"the objective is {limit} ms.",
            team=team,
        )


def _promised(model: Watched) -> tuple[str, float, Series, int] | None:
    """Who is told if the model is slow, its limit, and in which series and units its latency is."""
    limit, buckets = _limit(model), model.counts.latency_buckets
    return (team_of(model), limit, buckets, model.counts.units_per_millisecond) if limit and buckets else None


def _limit(model: Watched) -> float | None:
    objective = model.args.model.objective
    return objective.latency_p95_milliseconds if objective else None
