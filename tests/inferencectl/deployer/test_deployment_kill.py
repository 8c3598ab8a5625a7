"""`kill -9` at any moment: the next run ends in the same state, with no orphan."""

import multiprocessing
import random
from collections.abc import Callable
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from typing import Any

import pytest
from kubernetes.client import ApiClient

from inferencectl.deployer import Deployer, KubernetesObject
from inferencectl.deployer.inventory import Inventory
from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.resources import Resources
from tests.inferencectl.deployer import killed_deployer
from tests.inferencectl.deployer.manifests import config_map, deployment, secret, service
from tests.inferencectl.faulty_proxy import Exchange, Fault, FaultyProxy

BOOKKEEPING = {"resourceVersion", "uid", "creationTimestamp", "managedFields", "generation"}
KINDS = {"ConfigMap": "v1", "Secret": "v1", "Service": "v1", "Deployment": "apps/v1"}
MOMENTS = 20


def states(namespace: str) -> tuple[list[KubernetesObject], list[KubernetesObject]]:
    """Two desired states: between them objects come, go, change and are replaced."""
    common = [config_map(namespace, "same"), service(namespace, "web", clusterIP="None")]
    first = config_map(namespace, "first", *common)
    third = config_map(namespace, "third", common[0])
    return (
        [*common, first, config_map(namespace, "fixed", immutable=True), deployment(namespace, "web", first)],
        [
            *common,
            third,
            config_map(namespace, "fixed", value="2", immutable=True),
            secret(namespace, "fourth", "b2xk"),
            deployment(namespace, "web", third, replicas=2, image="registry.example/server:2"),
        ],
    )


pytestmark = pytest.mark.early


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Processes that start in milliseconds, because what they import is imported once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.inferencectl.deployer.killed_deployer"])
    return context


def cluster_state(api_client: ApiClient, namespace: str) -> dict[ObjectKey, Any]:
    """Everything in the namespace that is not of Kubernetes' own making, and the inventory of the stack."""
    resources = Resources(api_client)
    state: dict[ObjectKey, Any] = {}
    for kind, api_version in KINDS.items():
        group, _, version = api_version.rpartition("/")
        any_of = ObjectKey(group=group, version=version, kind=kind, namespace=namespace, name="")
        for found in resources.all_like(any_of):
            metadata = {key: value for key, value in found["metadata"].items() if key not in BOOKKEEPING}
            metadata.get("annotations", {}).pop("deployment.kubernetes.io/revision", None)
            state[ObjectKey.of(found)] = {**found, "metadata": metadata, "status": None}
    inventory = Inventory(resources, namespace).load()
    return {key: (value, inventory.get(key)) for key, value in state.items() if key.name != "kube-root-ca.crt"}


def kill_at(process: Callable[[], BaseProcess], moment: int, after: bool) -> Callable[[int, Exchange], Fault | None]:
    """Kill the process at its `moment`-th request, before or after the API server has seen it."""

    def fault(exchange: Exchange) -> None:
        if after:
            exchange.forward()
        process().kill()
        process().join()
        exchange.reset()

    return lambda number, _: fault if number == moment else None


def run(
    processes: ForkServerContext,
    proxy: FaultyProxy,
    moment: int,
    after: bool,
    target: Callable[..., None],
    *arguments: object,
) -> int | None:
    process = processes.Process(target=target, args=(proxy.url, *arguments))
    proxy.requests.clear()
    proxy.choose = kill_at(lambda: process, moment, after)
    process.start()
    process.join()
    return process.exitcode


def test_a_deployment_killed_at_any_moment_is_finished_by_the_next(
    processes: ForkServerContext, proxy: FaultyProxy, api_client: ApiClient, namespace: str
) -> None:
    deployer, wanted = Deployer(api_client, namespace), states(namespace)
    expected, lengths = [], []
    for objects in [*wanted, *wanted]:
        assert run(processes, proxy, 0, False, killed_deployer.deploy, namespace, objects) == 0
        lengths.append(len(proxy.requests))
        expected.append(cluster_state(api_client, namespace))
    assert expected[:2] == expected[2:]

    chance, killed = random.Random(3), 0  # noqa: S311 - moments, not secrets
    for number in range(4 * MOMENTS):
        which = number % 2
        moment, after = chance.randint(1, lengths[2 + which]), chance.random() < 0.5
        ended = run(processes, proxy, moment, after, killed_deployer.deploy, namespace, wanted[which])
        killed += ended == -9
        # A run whose rollouts are quick needs fewer requests than the one that was counted, and ends by itself.
        lengths[2 + which] = lengths[2 + which] if ended == -9 else len(proxy.requests)
        deployer.deploy(wanted[which], lambda _: None)
        assert cluster_state(api_client, namespace) == expected[which], f"killed at request {moment}"
        assert not deployer.deploy(wanted[which], lambda _: None).changed
        if killed == MOMENTS:
            return
    pytest.fail(f"only {killed} runs were killed")


def test_a_killed_change_of_mind_leaves_no_orphan(
    processes: ForkServerContext, proxy: FaultyProxy, api_client: ApiClient, namespace: str
) -> None:
    first, second = states(namespace)
    Deployer(api_client, namespace).deploy(first, lambda _: None)
    expected = cluster_state(api_client, namespace)
    for moment in range(8, 32, 4):
        run(processes, proxy, moment, True, killed_deployer.deploy, namespace, second)
        Deployer(api_client, namespace).deploy(first, lambda _: None)
        assert cluster_state(api_client, namespace) == expected


def test_a_destruction_killed_at_any_moment_is_finished_by_the_next(
    processes: ForkServerContext, proxy: FaultyProxy, api_client: ApiClient, namespace: str
) -> None:
    for moment in range(1, 20, 4):
        Deployer(api_client, namespace).deploy(states(namespace)[0], lambda _: None)
        run(processes, proxy, moment, True, killed_deployer.destroy, namespace)
        Deployer(api_client, namespace).destroy(lambda _: None)
        assert cluster_state(api_client, namespace) == {}
        assert Inventory(Resources(api_client), namespace).load() == {}
