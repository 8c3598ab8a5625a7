"""Histories of a model with an objective of 99.5 %, and what its alerts say of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from tests.components.monitoring_stack.given import POD
from tests.components.monitoring_stack.promtool import Trial, rules, said_of

FAST, SLOWLY = "ModelFailureBudgetBurnsFast", "ModelFailureBudgetBurnsSlowly"
_ANSWERS = f':tensorflow:serving:request_latency_count{{API="predict",{POD}}}'
_FAILURES = f':tensorflow:serving:request_count{{status="INTERNAL",{POD}}}'
_OTHERS = (('inference_model="mnist"', 'inference_model="iris"'), ('namespace="models"', 'namespace="elsewhere"'))


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Minutes in which as many requests are answered, and fail, each minute."""

    minutes: int
    answered: float
    failed: float


@dataclass(frozen=True, kw_only=True)
class History:
    """What happens, and the minutes in which an alert fires, and does not. ``step`` is how often is measured."""

    name: str
    stretches: Sequence[Stretch]
    alert: str
    fires: Sequence[int] = ()
    silent: Sequence[int] = ()
    step: int = 1
    description: str = ""
    queries: Sequence[tuple[str, int]] = field(default_factory=tuple)

    def trial(self) -> Trial:
        """The tests of the alert, with the recordings that it reads."""
        known = [rule for rule in rules("mnist") if "record" in rule or rule.get("alert") == self.alert]
        own = [self._series(_ANSWERS, "answered"), self._series(_FAILURES, "failed")]
        others = [
            {"series": series.replace(*other), "values": f"0+{1000 * self.step}x{self._samples}"}
            for series in (_ANSWERS, _FAILURES)
            for other in _OTHERS
        ]
        test = {
            "name": self.name,
            "interval": f"{self.step}m",
            "input_series": [*own, *others],
            "promql_expr_test": [
                *(self._state(minute, fires=True) for minute in self.fires),
                *(self._state(minute, fires=False) for minute in self.silent),
                *(
                    {
                        "expr": f"count({query})",
                        "eval_time": f"{minute}m",
                        "exp_samples": [{"labels": "{}", "value": 1}],
                    }
                    for query, minute in self.queries
                ),
            ],
            "alert_rule_test": [self._told(known)] if self.description else [],
        }
        return Trial(rules=known, tests=[test], interval=f"{self.step}m")

    @property
    def minutes(self) -> Sequence[int]:
        """The last of each stretch."""
        return [end - self.step for end in accumulate(stretch.minutes for stretch in self.stretches)]

    @property
    def _samples(self) -> int:
        return sum(stretch.minutes for stretch in self.stretches) // self.step

    def _series(self, name: str, what: str) -> dict[str, str]:
        parts, reached = list[str](), 0.0
        for stretch in self.stretches:
            count, growth = stretch.minutes // self.step, getattr(stretch, what) * self.step
            parts.append(f"{reached:g}+{growth:g}x{count - 1}")
            reached += growth * count
        return {"series": name, "values": " ".join(parts)}

    def _state(self, minute: int, *, fires: bool) -> dict[str, Any]:
        expected = [{"labels": "{}", "value": 1}] if fires else []
        return {
            "expr": f'count(ALERTS{{alertname="{self.alert}"}})',
            "eval_time": f"{minute}m",
            "exp_samples": expected,
        }

    def _told(self, known: Sequence[dict[str, Any]]) -> dict[str, Any]:
        (rule,) = (rule for rule in known if rule.get("alert") == self.alert)
        severity = "critical" if self.alert == FAST else "warning"
        labels = {"namespace": "models", "inference_model": "mnist", "severity": severity, "team": "ml-platform"}
        annotations = {**said_of(rule, "mnist"), "description": self.description}
        return {
            "eval_time": f"{self.fires[-1]}m",
            "alertname": self.alert,
            "exp_alerts": [{"exp_labels": labels, "exp_annotations": annotations}],
        }


def _stretch(minutes: int, answered: float, failed: float) -> Stretch:
    return Stretch(minutes=minutes, answered=answered, failed=failed)


_BUDGET = 'inference:failure_budget_remaining:ratio30d{inference_model="mnist"}'

CHANGING = History(
    name="days of many kinds",
    alert=SLOWLY,
    step=4,
    stretches=[
        *(_stretch(480, 1000, 1), _stretch(120, 20, 9), _stretch(900, 300, 2), _stretch(60, 4000, 160)),
        *(_stretch(1200, 500, 1), _stretch(360, 3000, 6), _stretch(720, 50, 0), _stretch(240, 800, 60)),
        *(_stretch(720, 1000, 1), _stretch(480, 100, 3)),
    ],
)
"""Of more than three days; failures are many when requests are few, and when they are many."""

HISTORIES: Sequence[History] = (
    # 9 % are more than 14.4 times 0.5 % of an hour after 48 minutes, and more than 6 times of six hours after 120.
    History(
        name="14.4 times the budget",
        alert=FAST,
        stretches=[_stretch(360, 100, 0), _stretch(62, 91, 9), _stretch(60, 100, 0)],
        silent=[355, 400, 440],
        fires=[412, 420],
        description="9% of the requests of late fail; 0.5% may.",
    ),
    # 4 % are never 14.4 times as much, and in all that is known more than 6 times after an hour.
    History(
        name="6 times the budget",
        alert=FAST,
        stretches=[_stretch(20, 100, 0), _stretch(90, 96, 4), _stretch(60, 100, 0)],
        silent=[70, 160],
        fires=[100],
    ),
    History(
        name="a short burst",
        alert=FAST,
        stretches=[_stretch(120, 100, 0), _stretch(5, 70, 30)],
        silent=[124],
    ),
    History(
        name="one error of a quiet model",
        alert=FAST,
        stretches=[_stretch(60, 0, 0), _stretch(60, 0.05, 0.02)],
        silent=[70, 100, 119],
    ),
    History(
        name="two errors and nothing else",
        alert=FAST,
        stretches=[_stretch(60, 0, 0), _stretch(10, 0, 0.2)],
        silent=[65, 69],
    ),
    History(name="without requests", alert=FAST, stretches=[_stretch(90, 0, 0)], silent=[60, 89]),
    # In a busy past, three days are fine; the last day is not.
    History(
        name="3 times the budget",
        alert=SLOWLY,
        step=4,
        stretches=[_stretch(2880, 1000, 0), _stretch(1440, 98, 2), _stretch(300, 1000, 0)],
        silent=[2870, 4200, 4600],
        fires=[4310],
    ),
    History(
        name="once the budget",
        alert=SLOWLY,
        step=4,
        stretches=[_stretch(120, 100, 0), _stretch(360, 99.2, 0.8), _stretch(600, 1000, 0)],
        silent=[110, 250, 1070],
        fires=[400, 470],
    ),
    # One in a hundred fails, all of them in a night with few requests: of the ratios, the mean would be a half.
    History(
        name="the budget counts requests, and outlives hours without any",
        alert=FAST,
        step=2,
        stretches=[_stretch(300, 1000, 0), _stretch(120, 0, 0), _stretch(300, 0, 10)],
        queries=[(f"-1.2 < {_BUDGET} < -0.8", 718), (f"{_BUDGET} > 0.99", 410)],
    ),
)
