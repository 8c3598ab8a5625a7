"""The names that the settings read in a query are those that a real Prometheus reads in it."""

import json
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest

from settings.metrics.queries import metrics_in
from tests.components.monitoring_stack.dashboards.test_dashboard_answers import QUERIES, chosen
from tests.components.monitoring_stack.promtool import rules
from tests.components.watched import watched_models
from tests.inferencectl.rightsizing.backfilled_prometheus import Past, remembering

Names = Callable[[str], set[str]]

OWN = {
    *("up", "up offset 5m", "up @ start()", "up @ 1", "-up ^ 2e5", "1 - up", "up == bool 0x1F", "up > Inf"),
    *("up > -NaN", "up + inf", "a atan2 b"),
    *('{__name__="a"}', '{__name__=~"a.*"}', '{__name__!="a",b="c"}', "{b=\"c\", __name__ = 'a'}", "{'a.b', c=\"d\"}"),
    *('{"a.b"="x",c="d"}', '{"a",b=~"c,\\"d\\""}', 'x{a="y{z", b=`\\`}', "x{a=\"__name__='q'\"}"),
    *("sum by (a) (b)", "sum(b) by (a, c)", "SUM WITHOUT (a) (b)", "topk(3, b)", "count_values('c', b)"),
    *('sum by ("a.b") (c)', "quantile by (q) (0.5, sum(x))", "by_ + on_ + bool_ + offset_"),
    *("a and on(b) c", "a / ignoring (b, c) group_left (d) e", "a * on(b) group_right (c) d", "a UNLESS b"),
    *("rate(a[5m])", "rate(a{b='c'}[5m] offset 1h)", "max_over_time(rate(a[5m])[1h:1m])", "deriv(a[1h:5m] @ end())"),
    *("histogram_quantile(0.9, sum by (le) (rate(:a:b_bucket[1m])))", "label_replace(a, 'b', '$1', 'c', '(.*)')"),
    *("absent(a{b='c'})", "scalar(a) + time() + vector(1)", "a:b + _c", "sum (a)", "abs  (a)", "((((a))))", "a%b"),
    *("rate(sum_[5m]) + rate", "group(a) + group_", "a[5m:]"),
}


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Names]:
    """What Prometheus reads in a query: the names of its selectors, if they are equal to something."""
    past = Past(metric="up", labels={}, value=lambda _since: 1, seconds=600)
    with remembering([past], tmp_path_factory.mktemp("prometheus")) as url:

        def ask(query: str) -> set[str]:
            asked = f"{url}/api/v1/parse_query?{urllib.parse.urlencode({'query': query})}"
            with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - loopback
                return {*_selected(json.load(answer)["data"])}

        yield ask


def _selected(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if node.get("type") in ("vectorSelector", "matrixSelector"):
            matchers = [each for each in node["matchers"] if each["name"] == "__name__" and each["type"] == "="]
            yield from (each["value"] for each in matchers)
        for part in node.values():
            yield from _selected(part)
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for part in node:
            yield from _selected(part)


@pytest.mark.parametrize("query", sorted(OWN))
def test_a_query_reads_what_prometheus_reads(query: str, prometheus: Names) -> None:
    assert {*metrics_in(query)} == prometheus(query)


def test_so_does_every_query_of_ours(prometheus: Names) -> None:
    written = [rule["expr"] for model in [*watched_models(), ""] for rule in rules(model)]
    written += [chosen(query, "mnist") for *_, query in QUERIES]
    assert len(written) > 100
    for query in written:
        assert {*metrics_in(query)} == prometheus(query), query
