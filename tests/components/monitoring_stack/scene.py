"""What happens to the series of a model in a test of an alert, and promtool's format for it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

GOOD_MINUTES, BAD_MINUTES, AGAIN_MINUTES = 20, 40, 25
LONG = (20, 70, 25)
"""For what has to last an hour."""
_MANY = 100


@dataclass(frozen=True, kw_only=True)
class Series:
    """A series by the value it has, or grows by per minute, while all is well and while it is not.

    ``bad`` is None for a series that vanishes, ``good`` for one that never was. ``grows`` tells a counter from a gauge;
    ``is_amount`` is whether a hundred times as much would be as good, as with requests or bytes, and not with a state.
    """

    name: str
    good: float | None
    bad: float | None
    grows: bool = False
    is_amount: bool = False

    def values(self, minutes: Sequence[int]) -> str:
        """Its samples, one a minute: well, bad, and well again."""
        parts, reached = list[str](), 0.0
        for rate, length in zip((self.good, self.bad, self.good), minutes, strict=True):
            if rate is None:
                parts.append(f"stale _x{length - 1}" if parts and self.good is not None else f"_x{length}")
            elif self.grows:
                parts.append(f"{reached:g}+{rate:g}x{length - 1}" if rate else f"{reached:g}x{length - 1}")
                reached += rate * length
            else:
                parts.append(f"{rate:g}x{length - 1}")
        return " ".join(parts)

    def of(self, changes: Mapping[str, str]) -> "Series":
        """The same with other labels."""
        name = self.name
        for pattern, replacement in changes.items():
            name = re.sub(pattern, replacement, name)
        return replace(self, name=name)

    @property
    def always_good(self) -> "Series":
        """The same, of something that is well all the time, and of which there is much."""
        good = self.good * _MANY if self.is_amount and self.good else self.good
        return replace(self, good=good, bad=good)

    @property
    def always_bad(self) -> "Series":
        """The same, of something that is never well."""
        return self if self.bad is None else replace(self, good=self.bad)

    @property
    def healthy(self) -> "Series":
        """The same without what goes wrong."""
        return replace(self, bad=self.good)


_ANOTHER_MODEL = "of another model"
OTHERS: Mapping[str, Mapping[str, str]] = {
    _ANOTHER_MODEL: {
        r'"(?:mnist|bert|vision|recommender|speech|digits|meshed|ranker|sliced|instinct|habana)\b(?=[-"])': '"iris'
    },
    "of another namespace": {'namespace="models"': 'namespace="elsewhere"'},
}
HONOURED = {r'\b(?:namespace|pod)="(?:gpu-operator|keda|flagger|cert-manager|exporter)",?': "", r"\bexported_": ""}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """How one alert comes and goes.

    ``pending`` is the last minute of the bad time in which it is pending, -1 where it never is; ``firing`` a minute in
    which it fires with ``description``; ``lasting`` the last minute of the good time after it in which it still fires,
    where that says how long it looks back. ``near_misses`` are series that change nothing, by why.
    """

    alert: str
    severity: str
    series: Sequence[Series]
    pending: int
    firing: int
    description: str
    model: str = "mnist"
    labels: Mapping[str, str] = field(default_factory=dict)
    near_misses: Mapping[str, Sequence[Series]] = field(default_factory=dict)
    also: str = ""
    fires_without_series: bool = False
    lasting: int | None = None
    minutes: tuple[int, int, int] = (GOOD_MINUTES, BAD_MINUTES, AGAIN_MINUTES)

    @property
    def name(self) -> str:
        """The alert, and what is special about this scene."""
        return f"{self.alert} {self.also}".strip()

    @property
    def is_renamed(self) -> bool:
        """Whether Prometheus has renamed labels of an exporter."""
        return any("exported_" in each.name for each in self.series)

    @property
    def honoured(self) -> "Scene":
        """The same where Prometheus honours them."""
        return replace(self, series=[each.of(HONOURED) for each in self.series], also=f"{self.also} honoured".strip())

    def tests(self, annotations: Mapping[str, str], static: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """promtool's tests: silent, pending, firing, resolved, absent, and guarded."""
        good, bad, _ = self.minutes
        told = {
            "exp_labels": {**static, **self.labels, "severity": self.severity},
            "exp_annotations": {**annotations, "description": self.description},
        }
        yield self._coming("well", [each.always_good for each in self.series], told)
        yield self._coming("ill", [each.always_bad for each in self.series], told)
        without = "firing" if self.fires_without_series else ""
        yield {**self._of(f"{self.name}: absent", []), "promql_expr_test": [self._states(good + bad, without)]}
        yield from map(self._guarded, self._guards())

    def _coming(self, how: str, like: Sequence[Series], told: Mapping[str, Any]) -> dict[str, Any]:
        """Where other models are, of which some series are like these."""
        good, bad, again = self.minutes
        pending = [(good + self.pending, "pending")] if self.pending >= 0 else []
        states = [(good - 1, ""), *pending, (good + self.firing, "firing"), (good + bad + again - 1, "")]
        if self.lasting is not None:
            states += [(good + bad + self.lasting, "firing"), (good + bad + self.lasting + 1, "")]
        alert = {"eval_time": f"{good + self.firing}m", "alertname": self.alert, "exp_alerts": [told]}
        return {
            **self._of(f"{self.name}: comes and goes where others are {how}", [*self.series, *self._crowd(like)]),
            "promql_expr_test": [self._states(minute, state) for minute, state in states],
            "alert_rule_test": [alert],
        }

    def _crowd(self, like: Sequence[Series]) -> Sequence[Series]:
        known = {each.name for each in self.series}
        others = [each.of(change) for change in self._others.values() for each in like]
        return [*{each.name: each for each in others if each.name not in known}.values()]

    @property
    def _others(self) -> Mapping[str, Mapping[str, str]]:
        """Whose series must change nothing: what is about the stack is about all models of its namespace."""
        return {why: change for why, change in OTHERS.items() if self.model or why != _ANOTHER_MODEL}

    def _guards(self) -> Iterator[tuple[str, Sequence[Series]]]:
        for why, change in self._others.items():
            moved = [each.of(change) for each in self.series]
            if [each.name for each in moved] != [each.name for each in self.series]:
                own = [each.healthy for each in self.series]
                yield why, [*own, *(each for each in moved if each.name not in {mine.name for mine in own})]
        for why, near in self.near_misses.items():
            replaced = {each.name for each in near}
            healthy = [each.healthy for each in self.series if each.name not in replaced]
            yield why, [*near, *healthy, *self._crowd([each.always_bad for each in self.series])]

    def _guarded(self, guard: tuple[str, Sequence[Series]]) -> dict[str, Any]:
        why, series = guard
        good, bad, _ = self.minutes
        looked_at = sorted({good + self.firing, good + bad - 1})
        return {
            **self._of(f"{self.name}: guarded against {why}", series),
            "promql_expr_test": [self._states(minute, "", "firing") for minute in looked_at],
        }

    def _of(self, name: str, series: Sequence[Series]) -> dict[str, Any]:
        given = [{"series": each.name, "values": each.values(self.minutes)} for each in series]
        return {"name": name, "interval": "1m", "input_series": given}

    def _states(self, minute: int, state: str, only: str = "") -> dict[str, Any]:
        of_state = f',alertstate="{only}"' if only else ""
        expression = f'count by (alertstate) (ALERTS{{alertname="{self.alert}"{of_state}}})'
        found = [{"labels": f'{{alertstate="{state}"}}', "value": 1}] if state else []
        return {"expr": expression, "eval_time": f"{minute}m", "exp_samples": found}
