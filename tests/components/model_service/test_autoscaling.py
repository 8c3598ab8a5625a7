"""Autoscaling by CPU, with the real controller: load goes up and replicas follow, and lost metrics are not no load."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kubernetes import client

from settings import Scaling
from tests.components.model_service.metrics_api import Load, serve
from tests.components.model_service.one_model import deploy_model
from tests.components.models import model

SYNC_SECONDS = 5


@pytest.fixture
def load(api_client: client.ApiClient, namespace: str) -> Iterator[Load]:
    load = Load(api=client.CoreV1Api(api_client))
    with serve(load, api_client, namespace):
        yield load


def replicas(api: client.ApiClient, namespace: str) -> int:
    deployment: Any = client.AppsV1Api(api).read_namespaced_deployment("mnist-v1", namespace)
    return deployment.status.ready_replicas or 0


def test_replicas_follow_the_load_and_stay_when_it_cannot_be_seen(
    api_client: client.ApiClient, namespace: str, load: Load, eventually: Callable[[Callable[[], object]], object]
) -> None:
    scaling = Scaling(min_replicas=2, max_replicas=4, cpu_utilization_percent=70, scale_down_window_seconds=0)
    deploy_model(api_client, namespace, model(scaling=scaling))
    eventually(lambda: replicas(api_client, namespace) == 2)

    load.cpu = "1400m"  # twice what is aimed at: 1 CPU is requested, and 70 % of it wanted
    eventually(lambda: replicas(api_client, namespace) == 4)

    load.cpu = None
    time.sleep(3 * SYNC_SECONDS)
    assert replicas(api_client, namespace) == 4, "metrics that are lost were read as no load"

    load.cpu = "100m"
    eventually(lambda: replicas(api_client, namespace) < 4)


def test_a_deployment_does_not_reset_what_the_autoscaler_decided(
    api_client: client.ApiClient, namespace: str, load: Load, eventually: Callable[[Callable[[], object]], object]
) -> None:
    scaling = Scaling(min_replicas=1, max_replicas=3)
    deploy_model(api_client, namespace, model(scaling=scaling))
    load.cpu = "3"
    eventually(lambda: replicas(api_client, namespace) == 3)
    deploy_model(api_client, namespace, model(scaling=scaling))
    assert replicas(api_client, namespace) == 3
