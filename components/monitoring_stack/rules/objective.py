"""The objective of a model as a budget of failures, and how fast it burns.

A burn rate of 1 spends the budget of 30 days in 30 days. Two windows have to agree: the long one that it matters, the
short one that it still goes on. https://sre.google/workbook/alerting-on-slos/
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from components.model_service.runtimes import Series
from components.monitoring_stack.rules.requests import (
    FAILED,
    LEAST_FAILURES,
    TOTAL,
    failed_rate,
    failures_in,
    total_rate,
)
from components.monitoring_stack.rules.rule import Alert, Group, Recording, Severity
from components.monitoring_stack.rules.watched import Watched

RATIO = "inference:failed_requests:ratio"
FAILURES, BUDGET = "inference:failed_requests:increase", "inference:failure_budget_remaining:ratio30d"


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


def groups(model: Watched) -> Iterator[Group]:
    """The recordings and alerts of a model with an objective."""
    if model.args.model.objective is None:
        return
    budget = budget_of(model.args.model.objective.availability_percent)
    yield Group(name=f"{model.name}-objective-recordings", rules=[*_recordings(model, budget)])
    alerts = [
        _alert(model, budget, "ModelFailureBudgetBurnsFast", PAGE, Severity.CRITICAL),
        _alert(model, budget, "ModelFailureBudgetBurnsSlowly", TICKET, Severity.WARNING),
    ]
    yield Group(name=f"{model.name}-objective", rules=alerts)


def budget_of(availability_percent: float) -> Decimal:
    """The share of requests that may fail: 99.9 % leave 0.001, without the noise of binary fractions."""
    return ((100 - Decimal(str(availability_percent))) / 100).normalize()


def _recordings(model: Watched, budget: Decimal) -> Iterator[Recording]:
    def recording(record: str, expr: str) -> Recording:
        return Recording(record=record, expr=expr, model=model.name)

    for window in WINDOWS:
        yield recording(f"{RATIO}_rate{window}", f"{failed_rate(model, window)} / {total_rate(model, window)}")
    for burn in BURNS:
        yield recording(f"{FAILURES}{burn.long}", failures_in(model, burn.long))
    # Of requests, not the mean of ratios, in which a quiet night counts as much as a busy day, and NaN spoils all.
    failed, total = (f"sum_over_time({model.own(Series(name=name))}[30d])" for name in (FAILED, TOTAL))
    yield recording(BUDGET, f"1 - {failed} / {total} / {budget:f}")


def _alert(model: Watched, budget: Decimal, name: str, burns: Sequence[Burn], severity: Severity) -> Alert:
    may_fail = f"{(budget * 100).normalize():f}%"
    return Alert(
        name=name,
        expr=" or ".join(f"({_burning(model, budget, burn)})" for burn in burns),
        lasting="0m",
        severity=severity,
        summary=f"Model {model.name} spends its budget of failures {'fast' if burns is PAGE else 'slowly'}",
        description=f"{{{{ $value | humanizePercentage }}}} of the requests of late fail; {may_fail} may.",
        model=model.name,
    )


def _burning(model: Watched, budget: Decimal, burn: Burn) -> str:
    short, long = (model.own(Series(name=f"{RATIO}_rate{window}")) for window in (burn.short, burn.long))
    limit = f"({burn.rate} * {budget:f})"
    enough = f"{model.own(Series(name=f'{FAILURES}{burn.long}'))} >= {LEAST_FAILURES}"
    return f"{short} > {limit} and {long} > {limit} and {enough}"
