"""The models of the live stack scale by the load that they have: nothing is simulated here.

`autoscaling` in the stack file brings Prometheus and KEDA as pods. Prometheus scrapes the models' pods as far as their
network policies let it, KEDA asks it, and the controller of the HorizontalPodAutoscalers acts on that. A load goes
through the model's stable address all the time.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml

from components.model_service.runtimes import tensorflow_serving, triton
from inferencectl.live_load import MODEL, example_inputs
from inferencectl.live_stack import EXAMPLE_REQUEST, NAMESPACE
from inferencectl.load.tensor import Dialect, rest_body, rest_path
from inferencectl.sandbox.controllers import prometheus
from inferencectl.sandbox.live.digits import TENSORFLOW
from inferencectl.sandbox.live.prometheus_pod import ADDRESS
from tests.live.measured import Measured
from tests.live.under_load import UnderLoad, asked, assert_nothing_lost, requests, soon_after, whole_load
from tests.live_stack import LiveCheckout
from tests.runtimes.processes import asked as answered
from tests.waiting import soon

pytestmark = pytest.mark.slow("pods come and go by a load that is measured over seconds")

RATE, SURGE_RATE = 5, 30
REQUESTS_PER_POD = 25
SCRAPE_SECONDS = 2
WINDOW_SECONDS = 4 * SCRAPE_SECONDS
UNDECLARED = "elsewhere"
SCALING = {
    "minReplicas": 1,
    "maxReplicas": 3,
    "cpuUtilizationPercent": None,
    "requestsPerSecond": REQUESTS_PER_POD,
    "scaleDownWindowSeconds": 10,
}


def scaling(platform: Mapping[str, Any], scrapers: str) -> Mapping[str, Any]:
    """The platform's settings with models that scale by their requests, scraped by pods of the namespace `scrapers`."""
    made = yaml.safe_load(yaml.safe_dump(dict(platform)))
    made["autoscaling"] = {
        "prometheus": ADDRESS,
        "scraperNamespace": scrapers,
        "scrapeIntervalSeconds": SCRAPE_SECONDS,
        "pollingSeconds": SCRAPE_SECONDS,
    }
    for model in made["models"]:
        model.pop("replicas", None)
        model["scaling"] = SCALING
    return made


@pytest.fixture(scope="module")
def undeclared(live_stack: LiveCheckout) -> Iterator[UnderLoad]:
    """Scaling models whose settings declare another namespace of scrapers than that of the sandbox's Prometheus."""
    with asked(live_stack, RATE) as plain:
        made = replace(plain, settings=scaling(plain.settings, UNDECLARED))
        made.write()
        up = live_stack.run("up")
        assert up.code == 0, up.err
        yield made


@pytest.fixture
def declared(undeclared: UnderLoad) -> UnderLoad:
    """Scaling models that the sandbox's Prometheus may scrape, one pod each."""
    made = replace(undeclared, settings=scaling(undeclared.settings, prometheus.NAMESPACE))
    made.deploy()
    made.settle(1)
    return made


@pytest.fixture
def measured(live_stack: LiveCheckout) -> Measured:
    return Measured(live=live_stack)


def test_only_the_declared_namespace_may_scrape_the_servers(undeclared: UnderLoad, measured: Measured) -> None:
    def scraped() -> set[float]:
        up = measured.by_pod("up")
        return set(up.values()) if len(up) >= len(undeclared.settings["models"]) else set()

    soon(lambda: scraped() == {0}, "no server lets the scrapes through")
    replace(undeclared, settings=scaling(undeclared.settings, prometheus.NAMESPACE)).deploy()
    soon(lambda: scraped() == {1}, "every server is scraped")


def test_pods_and_connections_follow_the_load_and_no_request_is_lost(declared: UnderLoad, measured: Measured) -> None:
    query = measured.requests_query(f"{MODEL}-v1")
    answers = f'rate({triton.LOAD.requests.name}{{namespace="{NAMESPACE}"}}[{WINDOW_SECONDS}s])'
    soon(lambda: measured.value(f"{query} > {RATE}"), "the load is measured")
    began = time.time()
    with declared.counted() as window:
        # Over gRPC alone, and its connections all lead to the only pod.
        surge = replace(whole_load(declared.live, SURGE_RATE), http_port=None)
        with requests(declared.live, surge, "surge") as running, replace(declared, load=running).counted() as surged:

            def are_spread() -> bool:
                """Whether each of several pods answers more than all others' requests: connections have moved to it."""
                rates, ready = measured.by_pod(answers), names(declared)
                return len(ready) > 1 and all(rates.get(name, 0.0) > 2 * RATE for name in ready)

            soon_after(are_spread, "new pods answer what long-lived connections ask")
        declared.settle(1)
    assert_nothing_lost(window, surged)
    # A pod that starts takes its share from the others. Where all scrapes succeed, nothing is estimated.
    all_seen = f'min(min_over_time(up{{namespace="{NAMESPACE}"}}[{WINDOW_SECONDS}s])) == 1'
    estimate = f"max_over_time((({query}) / sum({answers}) and on() {all_seen})[{int(time.time() - began)}s:200ms])"
    assert measured.value(estimate) == pytest.approx(1)


def test_the_stand_in_is_measured_by_the_names_of_tensorflow_serving(declared: UnderLoad, measured: Measured) -> None:
    dialect = Dialect.TENSORFLOW_SERVING
    url = f"http://{declared.live.address(f'{TENSORFLOW.name}:http')}{rest_path(dialect, TENSORFLOW.name)}"
    body = json.loads(rest_body(dialect, example_inputs(EXAMPLE_REQUEST)))
    query = measured.requests_query(f"{TENSORFLOW.name}-v1")
    assert tensorflow_serving.LOAD.requests.name in query

    def is_measured() -> bool:
        status, text = answered(url, body)
        assert status == 200, text
        return (measured.value(query) or 0) > 0

    soon(is_measured, "its requests are counted")
    (metric,) = soon(lambda: declared.live.get("hpa", f"keda-hpa-{TENSORFLOW.name}-v1")["status"].get("currentMetrics"))
    assert metric["type"] == "External"


def test_no_pod_goes_when_the_number_is_set_and_left_to_the_autoscaler_again(declared: UnderLoad) -> None:
    with declared.counted() as window:
        declared.deploy(scaling=None, replicas=2)
        declared.settle(2)
        again = declared.live.run("up")
        assert again.code == 0, again.err
        assert "no changes" in again.out
        before = names(declared)
        declared.deploy(scaling={**SCALING, "minReplicas": 2})
        assert names(declared) == before
    assert_nothing_lost(window)


def names(of: UnderLoad) -> set[str]:
    """The names of the pods that get requests."""
    return {pod["metadata"]["name"] for pod in of.ready()}
