"""What holds of every dashboard, and that the linter finds what it looks for."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as schema

from components.model_service.args import ModelServiceArgs
from tests.components.models import MODELS, model, service_args
from tests.components.monitoring_stack.dashboards.linter import Written, problems
from tests.components.monitoring_stack.dashboards.made import NAMESPACE, read, shown_models, written
from tests.components.monitoring_stack.exported import SERIES
from tests.components.monitoring_stack.promtool import rules
from tests.components.watched import MONITORING, OBJECTIVE

ROOT = Path(__file__).parents[4]
RECORDED = {rule["record"] for name in shown_models() if name != "batched" for rule in rules(name) if "record" in rule}
KNOWN = SERIES.keys() | RECORDED
LARGEST_BYTES = 2**20
MANY = 1000
DASHBOARDS = read()

every_dashboard = pytest.mark.parametrize("name", DASHBOARDS)


@every_dashboard
def test_nothing_is_wrong_with_it(name: str) -> None:
    assert [*problems(DASHBOARDS[name], KNOWN)] == []


def _panel(dashboard: Written) -> Written:
    return next(panel for panel in dashboard["panels"] if panel["type"] != "row")


def _target(dashboard: Written) -> Written:
    return _panel(dashboard)["targets"][0]


# What is broken, and what the linter says of it.
BROKEN: dict[str, tuple[Callable[[Written], object], str]] = {
    "no data source": (lambda all_: _panel(all_).pop("datasource"), "Requests: no data source"),
    "another data source": (
        lambda all_: _target(all_).update(datasource={"type": "loki", "uid": "x"}),
        "Requests: query A has no data source",
    ),
    "unknown series": (
        lambda all_: _target(all_).update(expr='sum(rate(tf_serving_requests_total{namespace="$namespace"}[5m]))'),
        "Requests: nobody exports tf_serving_requests_total",
    ),
    "no series": (lambda all_: _target(all_).update(expr="vector(1)"), "Requests: query A reads no series"),
    "no query": (lambda all_: _panel(all_).update(targets=[]), "Requests: no query"),
    "no legend": (lambda all_: _target(all_).update(legendFormat=""), "Requests: query A does not say what a line is"),
    "no interval": (
        lambda all_: _target(all_).pop("interval"),
        "Requests: query A does not say how often its series are scraped",
    ),
    "no unit": (
        lambda all_: _panel(all_)["fieldConfig"]["defaults"].pop("unit"),
        "Requests: unit '' is none of Grafana's",
    ),
    "wrong unit": (
        lambda all_: _panel(all_)["fieldConfig"]["defaults"].update(unit="requests"),
        "Requests: unit 'requests' is none of Grafana's",
    ),
    "no description": (lambda all_: _panel(all_).pop("description"), "Requests: no description"),
    "one name twice": (
        lambda all_: _panel(all_)["targets"][1].update(refId="A"),
        "Requests: two queries have one name",
    ),
    "one title twice": (lambda all_: _panel(all_).update(title="CPU"), "CPU: 2 panels have this title"),
    "overlap": (lambda all_: _panel(all_)["gridPos"].update(x=4), "Requests: lies on Failed requests"),
    "too wide": (lambda all_: _panel(all_)["gridPos"].update(x=20, w=8), "Requests: wider than the page"),
    "undefined variable": (
        lambda all_: _target(all_).update(expr='up{namespace="$namespace",pod="$pod"}'),
        "$pod is not defined",
    ),
    "unused variable": (
        lambda all_: all_["templating"]["list"].append({"name": "team", "type": "custom"}),
        "$team is not used",
    ),
    "unstable uid": (lambda all_: all_.update(uid=None), "uid None is not one that stays"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_wrong_is_named(broken: str) -> None:
    dashboard = read()["model"]
    change, said = BROKEN[broken]
    change(dashboard)
    assert said in [*problems(dashboard, KNOWN)]


def test_addresses_are_unique_and_stay() -> None:
    addresses = {name: dashboard["uid"] for name, dashboard in DASHBOARDS.items()}
    assert addresses == {name: f"inference-{name}-8edcc26c" for name in DASHBOARDS}
    assert json.loads(written(namespace="other")["model"])["uid"] not in addresses.values()


@every_dashboard
def test_it_is_what_the_types_of_the_schema_hold(name: str) -> None:
    plugins.register_default_plugins()
    held = schema.Dashboard.from_json(DASHBOARDS[name])
    assert json.loads(json.dumps(held, cls=JSONEncoder)) == DASHBOARDS[name]
    assert held.schema_version == 42


def test_the_same_models_have_the_same_dashboards() -> None:
    assert written() == written()


def test_promtool_reads_every_query(promtool: Path, tmp_path: Path) -> None:
    values = {r"\$__rate_interval|\$__range": "5m", r"\$(?:namespace|model|version|feature)\b": "x"}
    rules_ = []
    for dashboard in DASHBOARDS.values():
        for panel in dashboard["panels"]:
            for target in panel.get("targets", ()):
                expr = target["expr"]
                for pattern, value in values.items():
                    expr = re.sub(pattern, value, expr)
                rules_.append({"record": f"query{len(rules_)}", "expr": expr})
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps({"groups": [{"name": "dashboards", "rules": rules_}]}), encoding="utf-8")
    checked = subprocess.run([str(promtool), "check", "rules", str(file)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert f"SUCCESS: {len(rules_)} rules found" in checked.stdout


@every_dashboard
def test_links_lead_to_runbooks(name: str) -> None:
    links = [link for panel in DASHBOARDS[name]["panels"] for link in panel.get("links", ())]
    for link in links:
        assert link["url"] == f"{MONITORING.runbooks}/{link['title']}.md"
        assert (ROOT / "docs" / "runbooks" / f"{link['title']}.md").exists()
    assert links or name == "cost"


def test_limits_are_those_of_the_alerts_and_promises_those_of_the_settings() -> None:
    panels = {panel["title"]: panel for panel in DASHBOARDS["model"]["panels"]}
    steps = {
        title: panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        for title, panel in panels.items()
        if "fieldConfig" in panel
    }
    assert steps["Failed requests"] == [{"color": "green", "value": None}, {"color": "red", "value": 5}]
    assert steps["CPU"][1]["value"] == 90
    promised = [target["expr"] for target in panels["Latency"]["targets"] if "promised" in target["legendFormat"]]
    assert [expr.rpartition(" + ")[2] for expr in promised] == ["200"]


def test_what_a_stack_has_no_series_for_is_not_shown() -> None:
    plain = service_args(model("iris"), monitoring=MONITORING)
    assert [*written([plain])] == ["overview", "model", "releases", "cost"]
    (legacy,) = (service_args(model("legacy", **MODELS["torchserve"]), monitoring=MONITORING),)
    titles = {panel["title"] for panel in json.loads(written([legacy])["model"])["panels"]}
    assert not titles & {"Failed requests", "Latency", "Warm-up"}
    assert {"Requests", "Mean latency", "Time in the queue"} <= titles


def _many() -> list[ModelServiceArgs]:
    return [
        service_args(model(f"model-{number:034}", objective=OBJECTIVE), NAMESPACE, monitoring=MONITORING)
        for number in range(MANY)
    ]


def test_a_thousand_models_fit() -> None:
    sizes = {name: len(text.encode()) for name, text in written(_many()).items()}
    assert max(sizes.values()) < LARGEST_BYTES, sizes
