"""All models of a namespace at a glance."""

from collections.abc import Callable, Iterator, Sequence

from components.model_service.args import ModelServiceArgs
from components.monitoring_stack.dashboards import servers, traffic
from components.monitoring_stack.dashboards.objectives import budgets
from components.monitoring_stack.dashboards.panel import Dashboard, Kind, Limit, Panel, Query, Row, Unit
from components.monitoring_stack.dashboards.shown import NAMESPACE, Shown, all_models, asked
from components.monitoring_stack.rules.rule import MODEL_LABEL

_FIRING = 'ALERTS{namespace="$namespace",alertstate="firing",severity!="none"}'


def overview(models: Sequence[ModelServiceArgs]) -> Dashboard:
    """What is served, how much, how well, and what is wrong."""
    shown = [*map(all_models, models)]
    promising = [model for model in shown if model.args.model.objective]
    return Dashboard(
        name="overview",
        title="Overview",
        description="All models of a namespace: what is served, how well, and which alerts fire.",
        variables=(NAMESPACE,),
        rows=(
            Row(title="Now", panels=[*_now(shown)]),
            Row(
                title="Requests",
                panels=[traffic.requests(shown), traffic.failed(shown), traffic.latency(shown, (0.95,))],
            ),
            Row(title="Servers", panels=[servers.pods(shown), servers.restarts(shown), budgets(promising)]),
        ),
    )


def _now(models: Sequence[Shown]) -> Iterator[Panel]:
    yield _number("Models", "Models of which a pod is scraped.", f"count({_scraped(models[0])})")
    yield _number("Alerts that fire", "Without the watchdog, which always does.", f"count({_FIRING})", bad_from=1)
    without = f"count({_all(models, servers.available)} == 0 and {_all(models, servers.wanted)} > 0)"
    yield _number("Models without a pod", "Models of which pods are wanted and none is ready.", without, bad_from=1)
    yield Panel(
        title="Alerts",
        description="What fires, by model.",
        unit=Unit.COUNT,
        queries=[
            Query(
                expr=f"count by (alertname, {MODEL_LABEL}) ({_FIRING})",
                legend=f"{{{{alertname}}}} {{{{{MODEL_LABEL}}}}}",
            )
        ],
        width=12,
    )


def _number(title: str, description: str, expr: str, bad_from: float | None = None) -> Panel:
    return Panel(
        title=title,
        description=description,
        unit=Unit.COUNT,
        kind=Kind.NUMBER,
        queries=[Query(expr=f"{expr} or vector(0)", legend=title)],
        limit=Limit(value=bad_from) if bad_from else None,
        width=4,
    )


def _scraped(model: Shown) -> str:
    return f"count by ({model.line}) ({model.up} == 1)"


def _all(models: Sequence[Shown], query: Callable[[Shown], str | None]) -> str:
    """Of all kinds of models together."""
    return f"({' or '.join(each.expr for each in asked(models, query))})"
