"""What a rule says in some minutes of a history that is no coming and going of an alert."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.monitoring_stack.rules import MODEL_LABEL
from tests.components.monitoring_stack.promtool import Trial, chain_of, rules
from tests.components.monitoring_stack.rule_mutants import Mutant, Rule

ALWAYS = "0+6000x40"


def others(series: str, own: str) -> Mapping[str, str]:
    """A counter of another model and one of another namespace, which grow all the time."""
    labels = {own: "iris", 'namespace="models"': 'namespace="elsewhere"'}
    return {series.replace(mine, other): ALWAYS for mine, other in labels.items()}


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A recording, or whether an alert is pending or fires, by minute: None where there is nothing.

    ``series`` are those of promtool, by name. ``step`` is how often is measured.
    """

    rule: str
    also: str
    model: str
    series: Mapping[str, str]
    expected: Mapping[int, float | None]
    step: int = 1

    @property
    def name(self) -> str:
        """The rule, and what is special about this history."""
        return f"{self.rule} {self.also}"

    def trial(self, changed: Sequence[Mutant] = ()) -> Trial:
        """The tests of the rule, or of changed ones, of each the same."""
        rule = self._original
        given = {name.partition("{")[0] for name in self.series}
        recordings = [each for each in chain_of(rule, self.model)[:-1] if each["record"] not in given]
        tried = [*map(self._of, changed)] or [rule]
        test = {
            "name": self.name,
            "interval": f"{self.step}m",
            "input_series": [{"series": name, "values": values} for name, values in self.series.items()],
            "promql_expr_test": [self._state(each, minute) for each in tried if each for minute in self.expected],
        }
        own = [each for mutant in changed for each in mutant.rules] or [rule]
        return Trial(rules=[*recordings, *own], tests=[test], interval=f"{self.step}m")

    @property
    def _original(self) -> Rule:
        return next(each for each in rules(self.model) if self.rule in (each.get("alert"), each.get("record")))

    def _of(self, mutant: Mutant) -> Rule | None:
        """What this is about of a mutant, if that differs at all."""
        names = {mutant.name, f"{self.rule}{mutant.name}"}
        kind = "alert" if "alert" in self._original else "record"
        return next((each for each in mutant.rules if each.get(kind) in names), None)

    def _state(self, rule: Rule, minute: int) -> dict[str, Any]:
        value = self.expected[minute]
        # To the thousandth, and by the label of the model.
        expr = (
            f'count(ALERTS{{alertname="{rule["alert"]}"}})'
            if "alert" in rule
            else f"sum by ({MODEL_LABEL}) (round({rule['record']}, 0.001))"
        )
        labels = "{}" if "alert" in rule else f'{{{MODEL_LABEL}="{self.model}"}}'
        found = [] if value is None else [{"labels": labels, "value": value}]
        return {"expr": expr, "eval_time": f"{minute}m", "exp_samples": found}
