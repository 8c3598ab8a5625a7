"""What models promise, and how fast they spend what they may fail."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from components.model_service.args import ModelServiceArgs
from components.model_service.runtimes import Series
from components.monitoring_stack.dashboards import traffic
from components.monitoring_stack.dashboards.panel import Dashboard, Limit, Panel, Query, Row, Unit
from components.monitoring_stack.dashboards.shown import NAMESPACE, Shown, all_models, asked, named, promised
from components.monitoring_stack.rules.objective import BUDGET, BURNS, PAGE, RATIO, Burn, budget_of
from settings import Model

_FAST, _SLOWLY = "ModelFailureBudgetBurnsFast", "ModelFailureBudgetBurnsSlowly"


def objectives(models: Sequence[ModelServiceArgs]) -> Dashboard:
    """Budgets and burn rates of those of ``models`` that have an objective."""
    shown = [all_models(args) for args in models if args.model.objective]
    return Dashboard(
        name="objectives",
        title="Objectives",
        description="What models promise their callers, what is left of the budgets, and how fast they are spent.",
        variables=(NAMESPACE,),
        rows=(
            Row(title="Promises", panels=[budgets(shown), _availability(shown), traffic.latency(shown, (0.95,))]),
            Row(title="Burn rates", panels=[_burning(shown, burn) for burn in BURNS]),
        ),
    )


def budgets(models: Sequence[Shown]) -> Panel:
    """What is left of the budgets of failures."""
    return Panel(
        title="Budget of failures",
        description="What is left of 30 days' budget, by requests; below 0 the objective is missed.",
        unit=Unit.SHARE,
        queries=asked(models, lambda model: _recorded(model, BUDGET)),
        limit=Limit(value=0, is_least=True),
        alerts=[_FAST, _SLOWLY],
    )


def _recorded(model: Shown, name: str, *matchers: str) -> str:
    return f"max by ({model.line}) ({model.own(Series(name=name, matchers=matchers))})"


def _availability(models: Sequence[Shown]) -> Panel:
    return Panel(
        title="Availability",
        description="Share of the requests of a day that were answered, and what is promised.",
        unit=Unit.PERCENT,
        queries=[
            *asked(models, lambda model: f"100 * (1 - {_recorded(model, f'{RATIO}_rate1d')})"),
            *promised(models, _promised_availability),
        ],
        alerts=[_FAST, _SLOWLY],
    )


def _promised_availability(model: Model) -> float | None:
    return model.objective.availability_percent if model.objective else None


def _burning(models: Sequence[Shown], burn: Burn) -> Panel:
    return Panel(
        title=f"Over {burn.long} and {burn.short}",
        description="How many times faster than over 30 days the budget is spent. The alert fires where both windows "
        f"are over {burn.rate}.",
        unit=Unit.COUNT,
        queries=[query for window in (burn.long, burn.short) for query in _burn_rates(models, window)],
        width=12,
        limit=Limit(value=float(burn.rate)),
        alerts=[_FAST if burn in PAGE else _SLOWLY],
    )


def _burn_rates(models: Sequence[Shown], window: str) -> Iterator[Query]:
    """A query for each budget that models have."""
    of_budget: dict[Decimal, list[Shown]] = {}
    for model in models:
        if model.args.model.objective:
            budget = budget_of(model.args.model.objective.availability_percent)
            of_budget.setdefault(budget, []).append(model)
    for budget, some in of_budget.items():
        ratio = _recorded(some[0], f"{RATIO}_rate{window}", named(some))
        yield Query(expr=f"{ratio} / {budget:f}", legend=f"{window} {some[0].legend}")
