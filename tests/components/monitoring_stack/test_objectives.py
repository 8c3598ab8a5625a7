"""Objectives with promtool, and against what Sloth makes of them."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.monitoring_stack.rules.objective import RATIO, WINDOWS, budget_of
from components.monitoring_stack.rules.requests import FAILED, TOTAL, failed_rate, total_rate
from components.monitoring_stack.rules.watched import Watched
from tests.components.monitoring_stack.burning import CHANGING, FAST, HISTORIES, SLOWLY, History
from tests.components.monitoring_stack.promtool import failures, rules
from tests.components.watched import watched_models

MOST_APART = 0.01
"""By how much the ratio of days may differ from that of the servers' own counters, as a share of it."""
CONDITION = re.compile(r"ratio_rate(\w+)(?:\{[^}]*\})?>\(([\d.]+)\*([\d.]+)\)")


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.name)
def test_a_budget_is_spent_as_it_should_be_told(history: History, promtool: Path, tmp_path: Path) -> None:
    assert failures(promtool, [history.trial().written(tmp_path)]) == ""


def test_a_budget_has_no_noise() -> None:
    assert [f"{budget_of(percent):f}" for percent in (99.9, 99.5, 95, 99.999)] == ["0.001", "0.005", "0.05", "0.00001"]


@pytest.fixture(scope="module")
def generated(sloth: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What Sloth makes of the same requests and the same objective: recordings and alerts."""
    model = Watched(args=watched_models()["mnist"], namespace="models")
    queries = {
        "error_query": failed_rate(model, "{{.window}}"),
        "total_query": total_rate(model, "{{.window}}"),
    }
    severities = {f"{kind}_alert": {"labels": {"severity": kind}} for kind in ("page", "ticket")}
    objective = {
        "name": "availability",
        "objective": 99.5,
        "sli": {"events": queries},
        "alerting": {"name": "Burns", **severities},
    }
    file = tmp_path_factory.mktemp("sloth") / "objective.yaml"
    file.write_text(yaml.safe_dump({"version": "prometheus/v1", "service": "mnist", "slos": [objective]}))
    made = subprocess.run([str(sloth), "generate", "-i", str(file)], check=True, capture_output=True, text=True)
    found = [rule for group in yaml.safe_load(made.stdout)["groups"] for rule in group["rules"]]
    return {kind: [rule for rule in found if kind in rule] for kind in ("record", "alert")}


def dense(expression: str) -> str:
    return re.sub(r"\s", "", expression)


def own(kind: str, name: str) -> str:
    (rule,) = (rule for rule in rules("mnist") if rule.get(kind) == name)
    return dense(rule["expr"])


def test_the_ratio_of_each_window_is_that_of_sloth(
    generated: dict[str, list[dict[str, Any]]], promtool: Path, tmp_path: Path
) -> None:
    theirs = {rule["record"].removeprefix("slo:sli_error:ratio_rate"): rule["expr"] for rule in generated["record"]}
    queries = [(_close(window, theirs[window]), minute) for window in WINDOWS for minute in CHANGING.minutes]
    assert failures(promtool, [replace(CHANGING, queries=queries).trial().written(tmp_path)]) == ""


def _close(window: str, theirs: str) -> str:
    """Whether what is recorded is what Sloth's expression says, of days nearly so."""
    ratio = f'{RATIO}_rate{window}{{namespace="models",inference_model="mnist"}}'
    # Days are those of the 5-minute rates, so that each begins and ends some minutes earlier.
    most = MOST_APART if window.endswith("d") else 1e-9
    return f"abs(sum({ratio}) - ({theirs})) <= {most:.12f} * ({theirs})"


@pytest.mark.parametrize("window", [window for window in WINDOWS if not window.endswith("d")])
def test_a_window_that_servers_count_differs_from_others_in_its_length_alone(window: str) -> None:
    for name in (FAILED, TOTAL):
        expression = own("record", f"{name}:rate{window}")
        assert expression.count(f"[{window}]") == (2 if name == FAILED else 1)
        assert expression.replace(f"[{window}]", "[5m]").replace(f":rate{window}", ":rate5m") == own(
            "record", f"{name}:rate5m"
        )
    assert own("record", f"{RATIO}_rate{window}") == own("record", f"{RATIO}_rate5m").replace("rate5m", f"rate{window}")


def test_there_is_a_ratio_for_each_window_of_sloths() -> None:
    assert sorted(WINDOWS) == sorted(["5m", "30m", "1h", "2h", "6h", "1d", "3d"])


@pytest.mark.parametrize(("alert", "severity"), [(FAST, "page"), (SLOWLY, "ticket")])
def test_an_alert_is_that_of_sloth_with_a_minimum_of_failures(
    alert: str, severity: str, generated: dict[str, list[dict[str, Any]]]
) -> None:
    (theirs,) = (rule for rule in generated["alert"] if rule["labels"]["severity"] == severity)
    # One series of each window: the maximum of them is itself.
    plain = re.sub(r"max\((.*?\))\)without\(sloth_window\)", r"\1", dense(theirs["expr"]))
    least = r"andinference:failed_requests:rate(\w+)\{[^}]*\}\*(\d+)>=3"
    counted = re.findall(least, own("alert", alert))
    assert counted == ([("1h", "3600"), ("6h", "21600")] if alert == FAST else [("1d", "86400"), ("3d", "259200")])
    mine = re.sub(least, "", own("alert", alert))
    assert _shape(mine) == _shape(plain)
    assert _limits(mine) == _limits(plain)


def _shape(expression: str) -> str:
    """How the conditions are joined, without what they say."""
    return CONDITION.sub("X", re.sub(r"(?:slo:sli_error:|inference:failed_requests:)ratio", "ratio", expression))


def _limits(expression: str) -> list[tuple[str, float, float]]:
    return [(window, float(rate), round(float(budget), 12)) for window, rate, budget in CONDITION.findall(expression)]
