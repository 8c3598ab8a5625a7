"""Every query of every dashboard has an answer of a real Prometheus that knows series with the real names."""

import re
from collections.abc import Iterator, Mapping

import pytest

from inferencectl.rightsizing.prometheus_api import PrometheusApi
from tests.components.monitoring_stack.dashboards.linter import SELECTED
from tests.components.monitoring_stack.dashboards.made import NAMESPACE, Written, read, shown_models
from tests.components.monitoring_stack.dashboards.past import past
from tests.components.monitoring_stack.dashboards.test_dashboards import KNOWN
from tests.inferencectl.rightsizing.backfilled_prometheus import remembering

RATE_INTERVAL = re.compile(r"\$__rate_interval\b")


def sent(target: Written) -> str:
    """A query with Grafana's interval of rates: four times the interval of scrapes, of which it knows by the query."""
    seconds = int(target["interval"].removesuffix("s"))
    return RATE_INTERVAL.sub(f"{4 * seconds}s", target["expr"])


QUERIES = [
    (name, panel["title"], target["refId"], sent(target))
    for name, dashboard in read().items()
    for panel in dashboard["panels"]
    for target in panel.get("targets", ())
]


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusApi]:
    """One that remembers six hours of every model."""
    with remembering(past(), tmp_path_factory.mktemp("prometheus")) as url:
        yield PrometheusApi.at(url)


def chosen(expr: str, model: str, version: str = "[0-9]+") -> str:
    """A query as Grafana sends it, by default of all versions of a model."""
    values = {"__range": "6h", "namespace": NAMESPACE, "model": model, "version": version, "feature": ".+"}
    return re.sub(r"\$(__range|namespace|model|version|feature)\b", lambda found: values[found[1]], expr)


def test_the_made_series_are_those_that_are_exported() -> None:
    assert {series.metric for series in past()} <= KNOWN


@pytest.mark.parametrize(
    ("dashboard", "panel", "query", "expr"), QUERIES, ids=[f"{a}-{b}-{c}" for a, b, c, _ in QUERIES]
)
def test_a_query_has_an_answer(dashboard: str, panel: str, query: str, expr: str, prometheus: PrometheusApi) -> None:
    models = shown_models() if "$model" in expr else [""]
    answers = {model: prometheus.vector(chosen(expr, model)) for model in models}
    assert any(answers.values()), chosen(expr, "$model")
    # No label is there twice: a line is one thing.
    for found in answers.values():
        assert len({tuple(sorted(element.labels.items())) for element in found}) == len(found)


def _values(
    prometheus: PrometheusApi, dashboard: str, panel: str, model: str, version: str = "[0-9]+"
) -> Mapping[str, list[float]]:
    found: dict[str, list[float]] = {}
    for name, title, _, expr in QUERIES:
        if (name, title) == (dashboard, panel):
            for element in prometheus.vector(chosen(expr, model, version)):
                found.setdefault(",".join(element.labels.values()), []).append(element.value)
    return found


def _value(prometheus: PrometheusApi, dashboard: str, panel: str, model: str) -> Mapping[str, float]:
    """Of each line the last query's."""
    return {line: values[-1] for line, values in _values(prometheus, dashboard, panel, model).items()}


def test_the_values_are_those_that_were_made(prometheus: PrometheusApi) -> None:
    def of(panel: str, model: str) -> Mapping[str, float]:
        return _value(prometheus, "model", panel, model)

    assert of("Failed requests", "mnist") == pytest.approx({"1": 100 * 0.02 / 1.02}, rel=1e-3)
    assert of("Mean latency", "mnist") == pytest.approx({"1": 24}, rel=1e-3)
    assert of("Mean latency", "digits") == pytest.approx({"1": 9}, rel=1e-3)
    assert of("Mean latency", "legacy") == pytest.approx({"1": 31}, rel=1e-3)
    assert of("Time in the queue", "batched") == pytest.approx({"1": 3}, rel=1e-3)
    assert of("Time in the queue", "digits") == pytest.approx({"1": 0.8}, rel=1e-3)
    assert [*of("Time until ready", "mnist").values()] == [42]
    assert of("Warm-up", "mnist") == {"1": 1900}
    shares = _value(prometheus, "releases", "Share of the requests", "vision")
    assert shares == pytest.approx({"1": 100 * 2 / 3, "2": 100 / 3}, rel=1e-3)
    (one,) = _values(prometheus, "releases", "Share of the requests", "vision", "2").values()
    assert one == pytest.approx([100 / 3], rel=1e-3)
    # 2 cores, 4 GiB and a GPU, half of it on spot nodes; 6 hours of it.
    costs = _value(prometheus, "cost", "Cost per hour", "")
    assert costs["bert"] == pytest.approx(0.08 + 0.02 + 3)
    assert costs["recommender"] == pytest.approx(0.10)
    totals = _values(prometheus, "cost", "Cost in the chosen time", "")
    assert totals["bert"] == pytest.approx([6 * 1.55, 6 * 3.10], rel=0.02)
    callers = _value(prometheus, "model", "Requests by caller", "meshed")
    assert callers["shop"] == pytest.approx(callers["(other)"] * 3.06 / 0.2)
    assert [*_value(prometheus, "model", "Refused and failed requests by caller", "meshed")] == [
        "(other),refused",
        "shop,failed",
    ]
    budgets = _value(prometheus, "objectives", "Over 1h and 5m", "")
    assert set(budgets) == {"mnist", "digits"}


def test_every_made_series_is_shown_somewhere() -> None:
    shown = {name for *_, expr in QUERIES for name in SELECTED.findall(expr)}
    assert {series.metric for series in past()} <= shown
