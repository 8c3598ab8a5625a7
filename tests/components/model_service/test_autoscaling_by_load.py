"""Autoscaling by what Prometheus measures, with the real KEDA and the real Prometheus on the real control plane.

Simulated pods serve nothing; an exporter tells Prometheus what TensorFlow Serving's would tell under the test's load.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest
from kubernetes import client

from components import ModelService
from inferencectl.demos.autoscaling.model_exporter import ServedLoad, served
from inferencectl.demos.autoscaling.scraping import configuration
from inferencectl.deployer import Deployer, kubernetes_objects
from inferencectl.program.recording import record
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.sandbox.controllers import Keda, Prometheus
from settings import Autoscaling, Scaling, WorkQueue
from tests.components.model_service.scraping import values
from tests.components.models import model, service_args
from tests.inferencectl.rest import Rest
from tests.waiting import soon

SCRAPE_SECONDS, POLLING_SECONDS = 1, 2
LOOKS_WHILE_LOST = 6
BY_REQUESTS = Scaling(
    min_replicas=2,
    max_replicas=8,
    cpu_utilization_percent=None,
    requests_per_second=10,
    fallback_replicas=3,
    scale_down_window_seconds=0,
)
BY_QUEUE = Scaling(
    min_replicas=0,
    max_replicas=4,
    cpu_utilization_percent=None,
    queue=WorkQueue(query="work_waiting", length_per_pod=10),
    cold_start_seconds=60,
    scale_down_window_seconds=0,
)


def _silent(_message: str) -> None:
    pass


@pytest.fixture(scope="module")
def keda(control_plane: Cluster) -> Iterator[None]:
    running = Keda(control_plane)
    running.start(_silent)
    yield
    running.stop()


@pytest.fixture
def load() -> Iterator[ServedLoad]:
    with served(ServedLoad(scrape_seconds=SCRAPE_SECONDS)) as load:
        yield load


@pytest.fixture
def prometheus(control_plane: Cluster, namespace: str, load: ServedLoad) -> Iterator[Prometheus]:
    running = Prometheus(control_plane)
    running.start(configuration(running.kubeconfig, namespace, load), _silent)
    yield running
    running.stop()


@pytest.fixture
def deploy(api_client: client.ApiClient, namespace: str, prometheus: Prometheus) -> Callable[[Scaling], "Served"]:
    autoscaling = Autoscaling(
        prometheus=prometheus.url,
        scraper_namespace="monitoring",
        scrape_interval_seconds=SCRAPE_SECONDS,
        polling_seconds=POLLING_SECONDS,
    )

    def deployed(scaling: Scaling) -> Served:
        def program() -> None:
            args = service_args(
                model(scaling=scaling),
                namespace,
                autoscaling=autoscaling,
                priority_class_name="system-cluster-critical",
            )
            ModelService("mnist", args, pulumi.ResourceOptions())

        recording = record(program, project="inference", stack=namespace)
        Deployer(api_client, namespace).deploy(kubernetes_objects(recording), _silent)
        return Served(api_client, namespace)

    return deployed


class Served:
    """The deployed model as the cluster has it."""

    def __init__(self, api: client.ApiClient, namespace: str) -> None:
        self._rest, self._namespace = Rest(api), namespace

    @property
    def replicas(self) -> int:
        """How many servers are ready."""
        path = f"/apis/apps/v1/namespaces/{self._namespace}/deployments/mnist-v1"
        return self._rest.get(path)["status"].get("readyReplicas", 0)

    @property
    def scaled_object(self) -> dict[str, Any]:
        """KEDA's object."""
        return self._rest.get(f"/apis/keda.sh/v1alpha1/namespaces/{self._namespace}/scaledobjects/mnist-v1")

    @property
    def pods(self) -> list[str]:
        """The names of the servers."""
        return list(self._rest.items(f"/api/v1/namespaces/{self._namespace}/pods"))

    def query(self, trigger: str) -> str:
        """The PromQL of a trigger."""
        (found,) = (each for each in self.scaled_object["spec"]["triggers"] if each.get("name") == trigger)
        return found["metadata"]["query"]

    def looks_in_vain(self) -> int:
        """How often in a row a metric was asked for that is lost."""
        health = self.scaled_object.get("status", {}).get("health", {}).values()
        return max((each["numberOfFailures"] for each in health), default=0)


def test_replicas_follow_the_requests_and_stay_when_they_cannot_be_seen(
    keda: None, deploy: Callable[[Scaling], Served], prometheus: Prometheus, load: ServedLoad, namespace: str
) -> None:
    load.requests_per_second = 20
    model = deploy(BY_REQUESTS)
    soon(lambda: model.replicas == 2, "as many pods as the load needs")

    prometheus.stop()
    soon(lambda: model.replicas == 3, "the fallback, while Prometheus is away")
    load.requests_per_second = 40
    prometheus.start(configuration(prometheus.kubeconfig, namespace, load), _silent)
    soon(lambda: model.replicas == 4, "twice the load, twice the pods")

    load.is_answering = False
    soon(lambda: model.looks_in_vain() > LOOKS_WHILE_LOST, "KEDA asks for metrics that are lost")
    assert model.replicas == 4, "metrics that are lost were read as no load"

    load.is_answering, load.requests_per_second = True, 10
    soon(lambda: model.replicas < 4, "less load, fewer pods")


def test_replicas_follow_the_latency(keda: None, deploy: Callable[[Scaling], Served], load: ServedLoad) -> None:
    load.requests_per_second, load.latency_milliseconds = 20, 100
    wanted = {"requests_per_second": None, "fallback_replicas": None, "latency_p95_milliseconds": 200}
    model = deploy(BY_REQUESTS.model_copy(update=wanted))
    soon(lambda: model.replicas == 2, "as many pods as always run")
    load.latency_milliseconds = 500
    soon(lambda: model.replicas >= 4, "slow answers, more pods")


def test_a_model_without_work_goes_and_comes_back(
    keda: None, deploy: Callable[[Scaling], Served], prometheus: Prometheus, load: ServedLoad, namespace: str
) -> None:
    model = deploy(BY_QUEUE)
    soon(lambda: not model.pods, "no work, no pods")
    deploy(BY_QUEUE)
    assert not model.pods, "a deployment brought them back"

    load.queued = 35
    soon(lambda: model.replicas == 4, "as many pods as the queue needs")
    prometheus.stop()
    load.queued = 0
    soon(lambda: model.looks_in_vain() > LOOKS_WHILE_LOST, "KEDA asks for a metric that is lost")
    assert model.replicas == 4, "a metric that is lost was read as no work"
    prometheus.start(configuration(prometheus.kubeconfig, namespace, load), _silent)
    soon(lambda: not model.pods, "no work again")


def test_every_query_gives_one_element_that_is_right(
    deploy: Callable[[Scaling], Served], prometheus: Prometheus, load: ServedLoad
) -> None:
    scaling = BY_REQUESTS.model_copy(
        update={"latency_p95_milliseconds": 200, "queue": WorkQueue(query="work_waiting", length_per_pod=10)}
    )
    load.queued = 7
    model = deploy(scaling)
    requests, latency, queue = (model.query(name) for name in ("requests", "latency", "queue"))

    def answers(query: str, least: float, most: float) -> bool:
        found = values(prometheus, query)
        return len(found) == 1 and least <= found[0] <= most

    soon(lambda: answers(requests, 0, 0), "nobody has asked yet")
    assert answers(latency, 0, 0)
    soon(lambda: answers(queue, 7, 7), "the sum of both series")
    load.requests_per_second, load.latency_milliseconds = 30, 100
    soon(lambda: answers(requests, 27, 33), "requests are counted")
    soon(lambda: answers(latency, 67, 122), "the bucket of 100 ms, in milliseconds")


def test_a_server_that_is_not_seen_is_taken_to_be_as_busy_as_the_others(
    deploy: Callable[[Scaling], Served], prometheus: Prometheus, load: ServedLoad
) -> None:
    load.requests_per_second = 30
    # No third server, which this load would bring: its name could be the first of all.
    model = deploy(BY_REQUESTS.model_copy(update={"max_replicas": 2, "fallback_replicas": 2}))
    query = model.query("requests")

    def is_right() -> bool:
        return any(27 <= value <= 33 for value in values(prometheus, query))

    soon(is_right, "both servers are seen")
    silenced = model.pods[0]
    load.silent = {silenced}
    soon(lambda: values(prometheus, f'up{{pod="{silenced}"}}') == [0], "one of them is not seen")
    soon(is_right, "the other one speaks for both")
    load.silent = set(model.pods)
    soon(lambda: not values(prometheus, query), "nothing is known")
