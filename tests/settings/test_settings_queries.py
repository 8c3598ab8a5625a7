"""Queries of a stack's own: a metric that nobody exports is named before anything is deployed."""

from collections.abc import Mapping
from typing import Any

import pytest

from components.gpu_software.manifests import configuration
from settings import load
from settings.metrics.exporters import EXPORTERS
from settings.metrics.further import names_of
from settings.metrics.queries import metrics_in
from settings.values.promql import LONGEST
from tests.settings.meshed_stack import ISTIO
from tests.settings.settings_release import PROGRESSIVE, edits
from tests.settings.settings_stack import DELETED, IRIS, MNIST, RECOMMENDER, edited, problems
from tests.settings.test_settings_sampling import STACK as SAMPLED

PROMETHEUS = {"prometheus": "http://prometheus.monitoring.svc:9090", "scraperNamespace": "monitoring"}
EXPECTED = "expected metrics that the stack's servers or exporters have"
REMEDY = "if Prometheus has it from elsewhere, add it to autoscaling.otherMetrics"


def scaled(query: str, others: list[str] | None = None, **more: Any) -> Mapping[str, Any]:
    """Edits of the dev stack: iris scales by the query."""
    autoscaling = PROMETHEUS if others is None else {**PROMETHEUS, "otherMetrics": others}
    scaling = {"queue": {"query": query, "lengthPerPod": 10}}
    return {"autoscaling": autoscaling, "models.1.scaling": scaling, **more}


def gated(query: str, others: list[str] | None = None) -> Mapping[str, Any]:
    """Edits of the dev stack: the candidate of mnist is judged by the query."""
    queries = [{"name": "own", "query": query, "maximum": 1.0}]
    return {**scaled("up", others), "models.1.scaling": {}, **edits({**PROGRESSIVE, "queries": queries})}


def named(changed: Mapping[str, Any]) -> list[str]:
    """What is said of metrics; the edits may have other consequences."""
    return [line for line in problems(changed) if "reads" in line]


@pytest.mark.parametrize(
    "query",
    [
        'sum(rate(:tensorflow:serving:request_count{model_name="iris"}[1m]))',
        "histogram_quantile(0.9, sum by (le) (rate(:tensorflow:serving:runtime_latency_bucket[5m])))",
        'rate(istio_requests_total{destination_service_name="iris"}[1m])',
        "max by (pod) (DCGM_FI_DEV_ENC_UTIL) or kube_pod_status_reason",
        '{__name__=~"redis_.*"}',
        'sum({queue="iris"})',
        "time() > bool 1",
    ],
)
def test_what_servers_and_exporters_have_can_be_read(query: str) -> None:
    assert load("dev", edited(scaled(query))).models[1].scaling


@pytest.mark.parametrize("query", ['max(drift{pod=~"$pods"})', "sum(rate(drift[$window]))", "max($namespace:lag)"])
def test_a_gate_can_read_what_the_stack_names(query: str) -> None:
    assert load("dev", edited(gated(query, ["drift"]))).models[0].release


def test_what_nobody_exports_is_named_with_its_remedy() -> None:
    assert problems(scaled("sum(redis_list_length)")) == [
        f'{IRIS}.scaling.queue.query: reads "redis_list_length", which nobody exports; {EXPECTED}; {REMEDY}'
    ]
    assert load("dev", edited(scaled("sum(redis_list_length)", ["redis_list_length"])))


def test_every_query_and_every_name_in_it_is_judged() -> None:
    both = scaled("a + b", **{"models.1.scaling.requestsPerSecond": 5, "models.1.scaling.arrivalsQuery": "c"})
    assert [line.split(",")[0] for line in named(both)] == [
        f'{IRIS}.scaling.queue.query: reads "a"',
        f'{IRIS}.scaling.queue.query: reads "b"',
        f'{IRIS}.scaling.arrivalsQuery: reads "c"',
    ]
    (said,) = named(gated('max(drift{pod=~"$pods"})'))
    assert said.startswith(f'{MNIST}.release.queries[0] (own).query: reads "drift", which nobody exports')


@pytest.mark.parametrize(
    ("metric", "meant"),
    [
        (":tensorflow:serving:request_cout", "did you mean ':tensorflow:serving:request_count'?"),
        (
            ":tensorflow:serving:request_latency",
            (
                "did you mean ':tensorflow:serving:request_latency_bucket', ':tensorflow:serving:request_latency_sum' "
                "or ':tensorflow:serving:request_latency_count'?"
            ),
        ),
        (":tensorflow:serving:request_count_total", "did you mean ':tensorflow:serving:request_count'?"),
        ("istio_request_total", "did you mean 'istio_requests_total'?"),
        ("tickets_opne", "did you mean 'tickets_open'?"),
    ],
)
def test_the_nearest_name_is_told(metric: str, meant: str) -> None:
    (said,) = named(scaled(f"sum({metric})", ["tickets_open"]))
    assert said.endswith(f"; {meant} {REMEDY}")


@pytest.mark.parametrize(
    ("metric", "exporter", "remedied"),
    [
        ("nv_inference_request_success", "triton", {"models.0.runtime": "triton"}),
        ("ts_queue_latency_microseconds", "torchserve", {"models.0.runtime": "torchserve"}),
        ("inference_sampler_stability_index", "drift-sampler", SAMPLED),
        ("istio_requests_total", "istio", {"mesh": ISTIO}),
    ],
)
def test_what_the_stack_has_not_is_named_with_what_would_export_it(
    metric: str, exporter: str, remedied: Mapping[str, Any]
) -> None:
    without: dict[str, Any] = {"gateway": DELETED} if exporter == "istio" else {}
    (said,) = named(scaled(metric, **without))
    assert f'reads "{metric}", which only {exporter} exports, and this stack has none; {EXPECTED}' in said
    # Refused for another reason, so that everything has been judged.
    refused = problems(scaled(metric, **{**without, **remedied, "models.2.resources": "none"}))
    assert any(line.startswith(f"{RECOMMENDER}.resources: ") for line in refused)
    assert not any("reads" in line for line in refused)


def test_recordings_are_there_with_the_rules_that_record_them() -> None:
    assert named(scaled("inference:requests:rate5m"))
    assert load("dev", edited(scaled("inference:requests:rate5m", monitoring={"scraperNamespace": "monitoring"})))


def test_the_counters_that_the_stack_sets_dcgm_are_known() -> None:
    (text,) = configuration.counter_files().values()
    counters = {line.partition(",")[0] for line in text.splitlines() if line.startswith("DCGM_")}
    assert counters
    assert counters <= {*names_of("dcgm-exporter")}


def test_no_name_is_listed_twice() -> None:
    for exporter in EXPORTERS:
        names = [*names_of(exporter)]
        assert len(names) == len({*names}), exporter


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("jobs{queue='a'}", "the name of a metric as queries read it, without labels; did you mean 'jobs'?"),
        ("rate(jobs[1m])", "the name of a metric as queries read it, without labels"),
        ("", "the name of a metric as queries read it, without labels"),
    ],
)
def test_a_metric_is_named_without_labels(name: str, said: str) -> None:
    (found,) = problems(scaled("up", [name]))
    assert found.startswith(".autoscaling.otherMetrics[0]: ")
    assert found.endswith(f"expected {said}")


@pytest.mark.parametrize("part", ["(", "-", "a+", "sum(", "{", "[", '"', "`", "{a=", "a by(", "$", "x[1m:"])
def test_the_longest_query_is_read_whatever_it_is(part: str) -> None:
    """A query that no Prometheus would take is still no other error."""
    query = part * (LONGEST // len(part))
    assert set(metrics_in(query)) <= {"a", "x"}
