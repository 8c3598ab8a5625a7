"""The objective of a model as a budget of failures, and how fast it burns.

A burn rate of 1 spends the budget of 30 days in 30 days. Two windows have to agree: the long one that it matters, the
short one that it still goes on. https://sre.google/workbook/alerting-on-slos/

What pages is counted anew as often as Prometheus evaluates. What is a ticket, or for people to look at, is computed
every few minutes, and where it looks back for days, of samples that are as sparse: of those of every 30 seconds, as
Prometheus has them of the servers, 30 days are 86,400, for each series.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from components.model_service.runtimes import Series
from components.monitoring_stack.rules.requests import FAILED, LEAST_FAILURES, TOTAL, recorded, recordings
from components.monitoring_stack.rules.rule import SLOW_MINUTES, SLOWLY, Alert, Group, Recording, Severity
from components.monitoring_stack.rules.together import Together, alike, team_of
from components.monitoring_stack.rules.watched import Watched

RATIO = "inference:failed_requests:ratio"
BUDGET = "inference:failure_budget_remaining:ratio30d"
SPARSE = f"avg{SLOWLY}_rate5m"
"""The mean of the 5-minute rates since the sample before: all of these together are the mean of all rates."""
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, kw_only=True)
class Burn:
    """A burn rate that has to be exceeded over both windows."""

    long: str
    short: str
    rate: str


PAGE = (Burn(long="1h", short="5m", rate="14.4"), Burn(long="6h", short="30m", rate="6"))
TICKET = (Burn(long="1d", short="2h", rate="3"), Burn(long="3d", short="6h", rate="1"))
BURNS = (*PAGE, *TICKET)
WINDOWS = tuple(dict.fromkeys(window for burn in BURNS for window in (burn.short, burn.long)))
_QUICK = tuple(dict.fromkeys(window for burn in PAGE for window in (burn.short, burn.long)))


def groups_together(models: Sequence[Watched]) -> Iterator[Group]:
    """The recordings and alerts of the models with an objective, those of equal ones together."""
    promised = [model for model in models if model.args.model.objective]
    if not promised:
        return
    told = [same for _, same in alike(promised, lambda model: (team_of(model), _budget(model)))]
    yield Group(name="objective", rules=[*_quick(promised), *(_alert(same, PAGE) for same in told)])
    remaining = [_remaining(same) for _, same in alike(promised, _budget)]
    rules = [*_slow(promised), *remaining, *(_alert(same, TICKET) for same in told)]
    yield Group(name="objective-of-days", rules=rules, interval=SLOWLY)


def _budget(model: Watched) -> Decimal:
    objective = model.args.model.objective
    if objective is None:
        raise ValueError(f"model {model.name} has no objective")
    return budget_of(objective.availability_percent)


def budget_of(availability_percent: float) -> Decimal:
    """The share of requests that may fail: 99.9 % leave 0.001, without the noise of binary fractions."""
    return ((100 - Decimal(str(availability_percent))) / 100).normalize()


def seconds(window: str) -> int:
    """A window of PromQL as a number."""
    return int(window[:-1]) * _SECONDS[window[-1]]


def _quick(models: Sequence[Watched]) -> Iterator[Recording]:
    for window in _QUICK:
        # The rates of the shortest are recorded of every model.
        if window != "5m":
            yield from recordings(models, window)
        yield _ratio(Together.of(models), window)


def _slow(models: Sequence[Watched]) -> Iterator[Recording]:
    together = Together.of(models)
    for name, rate in zip((FAILED, TOTAL), recorded(together, "rate5m"), strict=True):
        yield Recording(record=f"{name}:{SPARSE}", expr=f"avg_over_time({rate}[{SLOWLY}])")
    for window in (each for each in WINDOWS if each not in _QUICK):
        yield from _of_days(together, window) if window.endswith("d") else recordings(models, window)
        yield _ratio(together, window)


def _of_days(models: Together, window: str) -> Iterator[Recording]:
    # Not the mean of the samples: a model that is younger than the window had no requests before.
    samples = seconds(window) // (60 * SLOW_MINUTES)
    for name, sparse in zip((FAILED, TOTAL), recorded(models, SPARSE), strict=True):
        yield Recording(record=f"{name}:rate{window}", expr=f"sum_over_time({sparse}[{window}]) / {samples}")


def _ratio(models: Together, window: str) -> Recording:
    failed, total = recorded(models, f"rate{window}")
    return Recording(record=f"{RATIO}_rate{window}", expr=f"{failed} / {total}")


def _remaining(models: Together) -> Recording:
    # Of requests, not the mean of ratios, in which a quiet night counts as much as a busy day, and NaN spoils all.
    failed, total = (f"sum_over_time({sparse}[30d])" for sparse in recorded(models, SPARSE))
    return Recording(record=BUDGET, expr=f"1 - {failed} / {total} / {_budget(models):f}")


def _alert(models: Together, burns: Sequence[Burn]) -> Alert:
    budget, is_page = _budget(models), burns is PAGE
    may_fail = f"{(budget * 100).normalize():f}%"
    return Alert(
        name=f"ModelFailureBudgetBurns{'Fast' if is_page else 'Slowly'}",
        expr=" or ".join(f"({_burning(models, budget, burn)})" for burn in burns),
        lasting="0m",
        severity=Severity.CRITICAL if is_page else Severity.WARNING,
        summary=f"Model {models.name} spends its budget of failures {'fast' if is_page else 'slowly'}",
        description=f"{{{{ $value | humanizePercentage }}}} of the requests of late fail; {may_fail} may.",
        team=team_of(models),
    )


def _burning(models: Together, budget: Decimal, burn: Burn) -> str:
    short, long = (models.own(Series(name=f"{RATIO}_rate{window}")) for window in (burn.short, burn.long))
    limit = f"({burn.rate} * {budget:f})"
    failed, _ = recorded(models, f"rate{burn.long}")
    enough = f"{failed} * {seconds(burn.long)} >= {LEAST_FAILURES}"
    return f"{short} > {limit} and {long} > {limit} and {enough}"
