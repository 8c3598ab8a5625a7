"""Pods as a real Prometheus scrapes them, and responses that are not from Prometheus."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from inferencectl.rightsizing.prometheus_api import PrometheusApi
from inferencectl.rightsizing.queries import DUPLICATES, QUERIES, Pods
from inferencectl.rightsizing.window import read_window
from inferencectl.workspace.errors import BAD_INPUT, FAILED, SandboxError
from tests.inferencectl.rightsizing.backfilled_prometheus import remembering
from tests.inferencectl.rightsizing.kubelet_exporter import answering, metrics_of
from tests.waiting import soon

NAMESPACE, POD = "models-tiny", "iris-v1-6c9f7d5b8c-abcde"
PODS = Pods(namespace=NAMESPACE, names=POD)
WINDOW = read_window("1h")


@pytest.fixture
def prometheus(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PrometheusApi]:
    """A Prometheus that scrapes one pod's metrics, keeping their labels or renaming them."""
    with answering(metrics_of(NAMESPACE, POD)) as target:
        # The labels of the scraped pod itself, as Kubernetes' discovery gives them.
        static = {"targets": [target], "labels": {"namespace": "monitoring", "pod": "kubelet-x", "container": "x"}}
        job = {"job_name": "kubelet", "honor_labels": request.param, "static_configs": [static]}
        with remembering((), tmp_path, {"global": {"scrape_interval": "1s"}, "scrape_configs": [job]}) as url:
            yield PrometheusApi.at(url)


@pytest.mark.parametrize("prometheus", [True, False], ids=["honorLabels", "renamed"], indirect=True)
def test_a_pod_is_found_whether_its_labels_are_kept_or_renamed(prometheus: PrometheusApi) -> None:
    for name, value in (("memory_max_bytes", 300 * 2**20), ("gpu_memory_max_mib", 2000)):
        query = QUERIES[name].text(PODS, WINDOW)
        soon(lambda query=query: prometheus.vector(query), name)
        assert prometheus.number(query) == value
    for duplicates in DUPLICATES.values():
        (element,) = prometheus.vector(duplicates.text(PODS, WINDOW))
        assert POD in element.labels.values()


@pytest.mark.parametrize(
    ("text", "status", "reported", "code"),
    [
        ("hello", 200, "not a Prometheus API", BAD_INPUT),
        ('{"status": "success"}', 200, "not a Prometheus API", BAD_INPUT),
        ("[]", 200, "not a Prometheus API", BAD_INPUT),
        ('{"data": {"result": [{"metric": {}}]}}', 200, "not a Prometheus API", BAD_INPUT),
        ("<html>", 502, "not a Prometheus API (status 502)", BAD_INPUT),
        ('{"error": "query timed out"}', 503, "Prometheus rejected the query: query timed out", FAILED),
    ],
)
def test_what_is_no_answer_is_one_clear_error(text: str, status: int, reported: str, code: int) -> None:
    with answering(text, status) as address, pytest.raises(SandboxError) as refusal:
        PrometheusApi.at(f"http://{address}").vector("up")
    assert reported in refusal.value.message
    assert refusal.value.exit_code == code


def test_what_is_no_number_is_no_element() -> None:
    element = '{"metric": {"pod": "%s"}, "value": [1, "%s"]}'
    several = ", ".join(element % pair for pair in (("a", "NaN"), ("b", "+Inf"), ("c", "0.5")))
    with answering(f'{{"data": {{"result": [{several}]}}}}') as address:
        (only,) = PrometheusApi.at(f"http://{address}").vector("up")
    assert (only.labels, only.value) == ({"pod": "c"}, 0.5)
