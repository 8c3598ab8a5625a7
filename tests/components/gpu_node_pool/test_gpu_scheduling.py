"""Models on shared and whole accelerators, placed by the real scheduler on 60 nodes that have exactly enough."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from kubernetes.client import ApiClient

from settings import GpuPool
from tests.components.gpu_node_pool.gpu_nodes import nodes_of
from tests.inferencectl.rest import Rest
from tests.inferencectl.stacks import Stack, fresh_namespace, in_namespace, pods

Eventually = Callable[[Callable[[], object]], object]

SLICED, MIXED, WHOLE = "sliced", "mixed", "whole"
POOLS: list[dict[str, Any]] = [
    {"name": SLICED, "accelerator": "l4", "maxNodes": 40, "sharing": {"strategy": "time-slicing", "replicas": 8}},
    {
        "name": MIXED,
        "accelerator": "a100-40gb",
        "gpusPerNode": 2,
        "maxNodes": 10,
        "sharing": {"strategy": "mig-mixed", "profiles": {"3g.20gb": 1, "2g.10gb": 1, "1g.5gb": 2}},
    },
    {"name": WHOLE, "accelerator": "h100", "gpusPerNode": 10, "maxNodes": 10},
]
REQUESTS: dict[str, dict[str, Any]] = {
    "eighth": {"accelerator": "l4", "share": 0.125},
    "half": {"accelerator": "a100-40gb", "share": 0.5},
    "third": {"memory": "8Gi", "accelerator": "a100-40gb"},
    "seventh": {"memory": "5Gi", "accelerator": "a100-40gb"},
    "card": {"accelerator": "h100", "count": 1},
}
# What each class gets, and as many pods as there are devices of the kind: 500 in all.
EXPECTED = {
    "eighth": ("nvidia.com/gpu.shared", SLICED, 40 * 8),
    "half": ("nvidia.com/mig-3g.20gb", MIXED, 10 * 2),
    "third": ("nvidia.com/mig-2g.10gb", MIXED, 10 * 2),
    "seventh": ("nvidia.com/mig-1g.5gb", MIXED, 10 * 2 * 2),
    "card": ("nvidia.com/gpu", WHOLE, 10 * 10),
}


def configure(platform: dict[str, Any]) -> None:
    (template,) = (model for model in platform["models"] if model["name"] == "iris")
    platform.pop("prices")  # the stack of these tests has cards that dev has no price for
    platform["pools"] = [{**pool, "provisioner": "existing"} for pool in POOLS]
    platform["quota"] = {"cpu": "2k", "memory": "2Ti", "gpus": 200, "pods": 600}
    platform["resourceClasses"] = {
        name: {"cpu": "500m", "memory": "1Gi", "gpu": request} for name, request in REQUESTS.items()
    }
    platform["models"] = [
        {**template, "name": name, "resources": name, "replicas": count} for name, (_, _, count) in EXPECTED.items()
    ]


pytestmark = pytest.mark.early


@pytest.fixture(scope="module")
def rest(api_client: ApiClient) -> Rest:
    return Rest(api_client)


@pytest.fixture(scope="module")
def nodes(api_client: ApiClient) -> Iterator[Mapping[str, str]]:
    """60 nodes of three pools; their pools by their names."""
    pools = [GpuPool.model_validate({**pool, "provisioner": "existing"}, by_alias=True) for pool in POOLS]
    with nodes_of(api_client, pools) as made:
        yield made


@pytest.fixture(scope="module")
def stack(api_client: ApiClient, nodes: Mapping[str, str]) -> Iterator[Stack]:
    deployed = Stack(api_client, "dev", fresh_namespace())
    deployed.edit(configure)
    try:
        deployed.up()
        yield deployed
    finally:
        deployed.destroy()


def test_500_pods_get_the_devices_that_their_classes_ask_for(
    rest: Rest, stack: Stack, nodes: Mapping[str, str]
) -> None:
    placed: Counter[tuple[str, str, str]] = Counter()
    for pod in pods(rest, stack, component="model-server"):
        (container,) = pod["spec"]["containers"]
        devices = {key: value for key, value in container["resources"]["limits"].items() if "/" in key}
        assert devices == {key: value for key, value in container["resources"]["requests"].items() if "/" in key}
        ((resource, count),) = devices.items()
        assert count == "1"
        placed[pod["metadata"]["labels"]["app.kubernetes.io/name"], resource, nodes[pod["spec"]["nodeName"]]] += 1
    assert placed == {(name, resource, pool): count for name, (resource, pool, count) in EXPECTED.items()}
    assert sum(placed.values()) == 500


def test_no_node_has_more_pods_than_devices(rest: Rest, stack: Stack) -> None:
    live = rest.items("/api/v1/nodes")
    taken: Counter[tuple[str, str]] = Counter()
    for pod in pods(rest, stack, component="model-server"):
        (resource,) = (key for key in pod["spec"]["containers"][0]["resources"]["limits"] if "/" in key)
        taken[pod["spec"]["nodeName"], resource] += 1
    for (name, resource), count in taken.items():
        assert count <= int(live[name]["status"]["allocatable"][resource])


@pytest.mark.parametrize("name", EXPECTED)
def test_one_pod_more_finds_no_device(rest: Rest, stack: Stack, eventually: Eventually, name: str) -> None:
    """Nodes with devices of other kinds are of no use to it, and neither are the cluster's other GPU nodes."""
    (pod, *_) = pods(rest, stack, name=name, component="model-server")
    spec = {key: value for key, value in pod["spec"].items() if key != "nodeName"}
    path = in_namespace(stack, "pods")
    rest.post(path, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"extra-{name}"}, "spec": spec})

    def unschedulable() -> bool:
        conditions = rest.get(f"{path}/extra-{name}")["status"].get("conditions", [])
        return any(condition.get("reason") == "Unschedulable" for condition in conditions)

    eventually(unschedulable)
    rest.delete(f"{path}/extra-{name}")


def test_the_namespace_is_bounded_by_cards(rest: Rest, stack: Stack) -> None:
    hard = rest.get(in_namespace(stack, "resourcequotas/models"))["status"]["hard"]
    assert hard["requests.nvidia.com/gpu"] == "200"
    assert hard["requests.nvidia.com/gpu.shared"] == str(200 * 8)
    assert hard["requests.nvidia.com/mig-1g.5gb"] == str(200 * 7)


def test_there_are_exactly_as_many_devices_as_pods() -> None:
    """Or the tests above would prove less than they say."""
    for pool in POOLS:
        made = GpuPool.model_validate({**pool, "provisioner": "existing"}, by_alias=True)
        for offer in made.offers:
            in_pool = made.max_nodes * made.cards_per_node * offer.per_card
            assert (offer.resource, made.name, in_pool) in EXPECTED.values()
