"""Stateful models of the live stack: clients stay with one pod, pods keep their names, and no change loses a request.

All requests come from one pod, so its whole load goes to one server.
"""

import json

import pytest

from tests.live.under_load import Pod, UnderLoad, assert_nothing_lost
from tests.waiting import soon

pytestmark = pytest.mark.slow("pods are replaced one after the other under load")

ADDRESSES = "import json, socket, sys; print(json.dumps([socket.gethostbyname(name) for name in sys.argv[1:]]))"


@pytest.fixture(scope="module")
def stateful(under_load: UnderLoad) -> UnderLoad:
    """The model with stable names in place of interchangeable pods, two of them."""
    under_load.deploy()
    under_load.settle()
    with under_load.counted() as window:
        under_load.deploy(stateful=True)
        under_load.settle()
    assert_nothing_lost(window)
    return under_load


def names(of: UnderLoad) -> list[str]:
    return sorted(pod["metadata"]["name"] for pod in of.pods())


def asked_pod(of: UnderLoad) -> Pod:
    """The pod that the load goes to, which must be only one."""

    def found() -> list[Pod]:
        return [pod for pod in of.ready() if of.grpc_connections(pod)]

    # Those of before may be open for as long as a connection may live.
    (pod,) = soon(lambda: pods if len(pods := found()) == 1 else [], "all connections lead to one pod")
    return pod


def uid(pod: Pod) -> str:
    return pod["metadata"]["uid"]


def test_clients_stay_with_their_pod_while_others_come_and_go(stateful: UnderLoad) -> None:
    number = stateful.versions[0]["version"]
    assert names(stateful) == [f"digits-v{number}-0", f"digits-v{number}-1"]
    before = asked_pod(stateful)
    with stateful.counted() as more:
        stateful.deploy(stateful=True, replicas=3)
        stateful.settle(3)
    assert uid(asked_pod(stateful)) == uid(before)
    with stateful.counted() as fewer:
        stateful.deploy(stateful=True, replicas=2)
        stateful.settle()
    assert uid(asked_pod(stateful)) == uid(before)
    assert_nothing_lost(more, fewer)


def test_a_pod_that_goes_hands_its_clients_on_and_comes_back_under_its_name(stateful: UnderLoad) -> None:
    gone = asked_pod(stateful)
    before = names(stateful)
    with stateful.counted() as window:
        stateful.in_namespace("delete", "pod", gone["metadata"]["name"])
        stateful.settle()
    assert names(stateful) == before
    pods = {pod["metadata"]["name"]: pod for pod in stateful.ready()}
    assert uid(pods[gone["metadata"]["name"]]) != uid(gone)
    hosts = [f"{name}.{name.rpartition('-')[0]}-pods" for name in before]
    asked = stateful.in_namespace("exec", before[0], "--", "python3", "-c", ADDRESSES, *hosts)
    assert json.loads(asked) == [pods[name]["status"]["podIP"] for name in before]
    assert_nothing_lost(window)


def test_another_version_loses_nothing(stateful: UnderLoad) -> None:
    _, second = stateful.versions
    with stateful.counted() as version:
        stateful.deploy([second], stateful=True)
        stateful.settle()
    assert names(stateful) == [f"digits-v{second['version']}-{ordinal}" for ordinal in (0, 1)]
    assert str(second["version"]) in version.report.versions
    assert_nothing_lost(version)


def test_the_way_back_to_interchangeable_pods_loses_nothing(stateful: UnderLoad) -> None:
    with stateful.counted() as interchangeable:
        stateful.deploy()
        stateful.settle()
    assert_nothing_lost(interchangeable)
