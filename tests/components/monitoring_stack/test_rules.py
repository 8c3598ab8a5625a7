"""What holds of every rule: it reads what somebody exports, and tells people what they need."""

import re
from pathlib import Path

import pytest

from components.monitoring_stack.manifests import rules_spec
from components.monitoring_stack.rules import Alert, groups_of_models
from tests.components.models import MODELS, model, service_args
from tests.components.monitoring_stack.exported import GAUGES, SERIES
from tests.components.monitoring_stack.promtool import Rule, Trial, failures, groups, rules
from tests.components.watched import MONITORING, watched_models

ROOT = Path(__file__).parents[3]
RUNBOOKS = ROOT / "docs" / "runbooks"
RULES = [rule for model in [*watched_models(), ""] for rule in rules(model)]
ALERTS = [rule for rule in RULES if "alert" in rule]
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
SELECTED = re.compile(r"([a-zA-Z_:][\w:]*)\{")
WORD = re.compile(r"[a-zA-Z_:][\w:]*")
TEXT, NO_SERIES = re.compile(r'"[^"]*"'), re.compile(r"\{[^{}]*\}|\[[^\]]*\]|\b(?:by|on) \([^)]*\)|\boffset \w+")
LANGUAGE = {
    *("absent", "and", "avg_over_time", "count", "group_right", "histogram_quantile", "increase", "label_replace"),
    *("max", "max_over_time", "min", "or", "present_over_time", "rate", "sum", "sum_over_time", "time", "unless"),
    "vector",
}
HEADINGS = ["## What it means", "## How to see it", "## What to do", "## How to know that it is over"]

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("alert") or rule["record"])
every_alert = pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])


@every_rule
def test_every_series_is_one_that_an_exporter_or_a_recording_has(rule: Rule) -> None:
    assert set(SELECTED.findall(rule["expr"])) <= SERIES.keys() | RECORDED


@every_rule
def test_no_series_is_read_without_labels(rule: Rule) -> None:
    words = WORD.findall(NO_SERIES.sub(" ", TEXT.sub("", rule["expr"])))
    assert set(words) - set(SELECTED.findall(rule["expr"])) <= LANGUAGE


@every_rule
def test_rates_are_of_counters_and_no_other_value_is_compared(rule: Rule) -> None:
    counted = set(re.findall(r"(?:rate|increase)\(([\w:]+)\{", rule["expr"]))
    assert not counted & GAUGES
    others = set(SELECTED.findall(rule["expr"])) - counted - GAUGES - RECORDED
    # Whether a counter is there at all may be asked.
    assert not others or rule.get("alert") in {"ModelIndicatorMissing", "MetricsSourceMissing"}


@every_rule
def test_no_bucket_is_named_as_prometheus_does_not_write_it(rule: Rule) -> None:
    assert not re.search(r'\ble(?:=~?|!=)"\d+"', rule["expr"])


@every_alert
def test_an_alert_says_whom_it_concerns_and_the_value_in_a_unit(rule: Rule) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning", "none"}
    assert rule["labels"]["team"] == "ml-platform"
    assert rule["labels"]["namespace"] == "models"
    annotations = rule["annotations"]
    assert annotations["summary"]
    assert "$value" in annotations["description"]
    assert annotations["runbook_url"] == f"https://runbooks.example/inference/{rule['alert']}.md"


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    assert {path.stem for path in RUNBOOKS.glob("*.md")} == {rule["alert"] for rule in ALERTS}


@pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("*.md")), ids=lambda page: page.stem)
def test_a_runbook_says_what_somebody_needs_at_night(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {page.stem}\n")
    assert [line for line in text.splitlines() if line.startswith("## ")] == HEADINGS
    assert all(part.strip() for part in re.split(r"^## .*$", text, flags=re.MULTILINE))
    assert f"[{page.stem}](runbooks/{page.stem}.md)" in (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")


def test_models_have_the_alerts_that_their_runtime_has_series_for() -> None:
    alerts = {model: {rule.get("alert") for rule in rules(model)} for model in watched_models()}
    assert {model for model, names in alerts.items() if "ModelErrorRateHigh" not in names} == {"legacy"}
    assert {model for model, names in alerts.items() if "ModelLatencyHigh" in names} == {"mnist"}
    assert {model for model, names in alerts.items() if "ModelGpuBusy" in names} == {"bert", "instinct", "habana"}
    assert {model for model, names in alerts.items() if "ModelImportFailed" in names} == {"speech"}
    assert {model for model, names in alerts.items() if "ModelReleaseStuck" in names} == {"vision"}
    assert {model for model, names in alerts.items() if "ModelFailureBudgetBurnsFast" in names} == {"mnist", "digits"}
    assert {model for model, names in alerts.items() if "ModelReplicasAtMaximum" not in names} == {"recommender"}


@pytest.mark.parametrize(("seconds", "minutes"), [(1, "5m"), (300, "6m"), (86_400, "1441m")])
def test_a_pod_is_not_called_down_while_it_may_still_load(seconds: int, minutes: str) -> None:
    slow = service_args(model("slow", **MODELS["triton"], load_timeout_seconds=seconds), monitoring=MONITORING)
    (rule,) = (
        rule
        for group in rules_spec(groups_of_models([slow], "models"), "models", MONITORING)["groups"]
        for rule in group["rules"]
        if rule.get("alert") == "ModelServerDown"
    )
    assert rule["for"] == minutes


def test_the_watchdog_always_fires(promtool: Path, tmp_path: Path) -> None:
    (rule,) = (rule for rule in rules("") if rule.get("alert") == "Watchdog")
    fires = {"expr": 'count(ALERTS{alertname="Watchdog",alertstate="firing"})', "eval_time": "1m"}
    test = {"interval": "1m", "promql_expr_test": [{**fires, "exp_samples": [{"labels": "{}", "value": 1}]}]}
    assert failures(promtool, [Trial(rules=[rule], tests=[test]).written(tmp_path)]) == ""


def test_what_pages_is_looked_for_at_prometheus_own_interval_unless_it_lasts_ten_minutes() -> None:
    made = [group for name in [*watched_models(), ""] for group in groups(name)]
    pages = [(group, rule) for group in made for rule in group.rules if isinstance(rule, Alert) and is_page(rule)]
    assert pages
    assert {rule.name for group, rule in pages if group.interval and rule.lasting != "10m"} == set()
    looked_for = {rule.name for group, rule in pages if not group.interval}
    assert {"ModelErrorRateHigh", "ModelFailureBudgetBurnsFast", "ModelUnavailable", "ModelGpuError"} <= looked_for


def is_page(alert: Alert) -> bool:
    return alert.severity == "critical"
