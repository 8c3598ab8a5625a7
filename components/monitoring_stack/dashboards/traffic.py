"""Panels on requests: how many, which share fails, how long they take and wait."""

from collections.abc import Sequence

from components.model_service.runtimes import Series, Timed
from components.monitoring_stack.dashboards.panel import Limit, Panel, Query, Unit
from components.monitoring_stack.dashboards.shown import WINDOW, Shown, asked, promised
from components.monitoring_stack.rules.callers import ANSWERED, BY_CALLER, CALLER, OUTCOME, counted
from components.monitoring_stack.rules.requests import MOST_FAILED_PERCENT, failed_percent, total_rate
from settings import Model


def requests(models: Sequence[Shown]) -> Panel:
    """How many there are."""
    return Panel(
        title="Requests",
        description="Inference requests per second, answered or failed; probes do not count.",
        unit=Unit.PER_SECOND,
        queries=asked(models, asked_rate),
        alerts=["ModelMetricsMissing"],
    )


def asked_rate(model: Shown) -> str:
    """Requests per second, also those that failed where the runtime counts them."""
    return total_rate(model, WINDOW) if model.counts.failures else model.rate(model.counts.requests, WINDOW)


def failed(models: Sequence[Shown]) -> Panel:
    """Which share fails."""
    return Panel(
        title="Failed requests",
        description="Share of the requests that were answered with an error, of the runtimes that count these.",
        unit=Unit.PERCENT,
        queries=asked(models, lambda model: failed_percent(model, WINDOW) if model.counts.failures else None),
        limit=Limit(value=MOST_FAILED_PERCENT),
        alerts=["ModelErrorRateHigh"],
    )


def of_callers(models: Sequence[Shown]) -> Panel:
    """Who asks, where a mesh tells."""
    return Panel(
        title="Requests by caller",
        description="All requests that reached a pod per second, of each caller of the settings, the entrance, and "
        "others, by the proxies of the mesh.",
        unit=Unit.PER_SECOND,
        queries=asked(models, lambda model: _by_caller(model, CALLER), "{{caller}}"),
        width=12,
    )


def not_answered(models: Sequence[Shown]) -> Panel:
    """Who asks in vain, where a mesh tells."""
    return Panel(
        title="Refused and failed requests by caller",
        description="Those of them per second that were refused, by what the client did, and that failed.",
        unit=Unit.PER_SECOND,
        queries=asked(
            models,
            lambda model: _by_caller(model, f"{CALLER}, {OUTCOME}", f'{OUTCOME}!="{ANSWERED}"'),
            "{{caller}} {{outcome}}",
        ),
        width=12,
    )


def _by_caller(model: Shown, labels: str, *matchers: str) -> str | None:
    return f"sum by ({labels}) ({model.own(Series(name=BY_CALLER, matchers=matchers))})" if counted(model) else None


def latency(models: Sequence[Shown], parts: Sequence[float]) -> Panel:
    """Quantiles, and what is promised of the 95th percentile."""
    return Panel(
        title="Latency",
        description="Quantiles of the server's own latency, of what was answered, and the objective for the 95th "
        "percentile; of the runtimes that have a histogram of it.",
        unit=Unit.MILLISECONDS,
        queries=[*_quantiles(models, parts), *promised(models, _promised_latency)],
        alerts=["ModelLatencyHigh"],
    )


def _quantiles(models: Sequence[Shown], parts: Sequence[float]) -> Sequence[Query]:
    return [
        Query(expr=query.expr, legend=f"p{part * 100:g} {query.legend}")
        for part in parts
        for query in asked(models, lambda model, part=part: _quantile(model, part))
    ]


def _quantile(model: Shown, part: float) -> str | None:
    buckets = model.counts.latency_buckets
    if buckets is None:
        return None
    rates = f"sum by (le, {model.line}) (rate({model.own(buckets)}[{WINDOW}]))"
    return f"histogram_quantile({part:g}, {rates}) / {model.counts.units_per_millisecond}"


def _promised_latency(model: Model) -> float | None:
    return model.objective.latency_p95_milliseconds if model.objective else None


def mean_latency(models: Sequence[Shown]) -> Panel:
    """What every runtime can say of it."""
    return Panel(
        title="Mean latency",
        description="Time in the server per answered request, by the runtime's own counters.",
        unit=Unit.MILLISECONDS,
        queries=asked(models, lambda model: mean(model, model.counts.latency)),
    )


def waiting(models: Sequence[Shown]) -> Panel:
    """How long requests wait for their batch or worker."""
    return Panel(
        title="Time in the queue",
        description="Mean time that a request waits for its batch or worker, of the runtimes that count it.",
        unit=Unit.MILLISECONDS,
        queries=asked(models, lambda model: mean(model, model.counts.queue) if _queues(model) else None),
    )


def _queues(model: Shown) -> bool:
    # A queue that is counted by itself is that of batching, and has no series without it.
    queue, requests = model.counts.queue, model.counts.requests
    return queue is not None and (queue.count == requests or model.args.model.batching is not None)


def mean(model: Shown, timed: Timed | None) -> str | None:
    """The mean time that something takes, in milliseconds, by line; None where the runtime does not count it."""
    if timed is None:
        return None
    total, count = (model.rate(series, WINDOW) for series in (timed.total, timed.count))
    return f"{total} / {count} / {model.counts.units_per_millisecond}"
