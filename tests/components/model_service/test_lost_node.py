"""A node falls silent: its models serve again elsewhere within 90 s, by the real node controller's own clocks."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from kubernetes.client import ApiClient

from tests.components.model_service.one_model import deploy_model
from tests.components.models import model
from tests.inferencectl.rest import NODES, Rest
from tests.waiting import soon

LOST_NODE_ANNOTATION = "sandbox/lost"
RECOVERY_SECONDS = 90
# The node controller waits 50 s, the pods 20 s; what is left to the limit is the test's patience.
pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.slow("the node controller waits 50 s and the pods 20 s, and these clocks are what is tested"),
]


@pytest.fixture
def lose(rest: Rest) -> Iterator[Callable[[str], float]]:
    """Silence a node until the test ends; tells when it was last heard of, in seconds since the epoch."""
    silenced: list[str] = []

    def silence(node: str) -> float:
        silenced.append(node)
        rest.merge(f"{NODES}/{node}", {"metadata": {"annotations": {LOST_NODE_ANNOTATION: "true"}}})
        return datetime.fromisoformat(ready_condition(rest, node)["lastHeartbeatTime"]).astimezone(UTC).timestamp()

    yield silence
    for node in silenced:
        rest.merge(f"{NODES}/{node}", {"metadata": {"annotations": {LOST_NODE_ANNOTATION: None}}})
        soon(lambda node=node: ready_condition(rest, node)["status"] == "True", "the node is heard of again")


def ready_condition(rest: Rest, node: str) -> dict[str, Any]:
    conditions = rest.get(f"{NODES}/{node}")["status"]["conditions"]
    return next(condition for condition in conditions if condition["type"] == "Ready")


def serving_nodes(rest: Rest, namespace: str) -> list[str]:
    """The nodes of the endpoints that requests for the model are sent to."""
    slices = rest.items(f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices").values()
    of_model = [part for part in slices if part["metadata"]["labels"]["kubernetes.io/service-name"] == "mnist"]
    endpoints = [endpoint for part in of_model for endpoint in part["endpoints"] or ()]
    return sorted(endpoint["nodeName"] for endpoint in endpoints if endpoint["conditions"]["ready"])


def test_a_model_has_all_its_servers_again_within_90_seconds(
    api_client: ApiClient, namespace: str, rest: Rest, lose: Callable[[str], float]
) -> None:
    deploy_model(api_client, namespace, model(replicas=2, scaling=None))
    soon(lambda: len(serving_nodes(rest, namespace)) == 2, "the model serves")
    lost, other = serving_nodes(rest, namespace)
    assert lost != other
    last_heard = lose(lost)

    def has_recovered() -> bool:
        nodes = serving_nodes(rest, namespace)
        return other in nodes and lost not in nodes and len(nodes) == 2

    soon(has_recovered, "both servers are elsewhere", 2 * RECOVERY_SECONDS)
    recovered_after = time.time() - last_heard
    assert recovered_after <= RECOVERY_SECONDS
