"""The vendors' software as plain manifests, and RuntimeClasses, on the real control plane with simulated nodes."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from kubernetes.client import ApiClient

from components.device_plugin import PLUGIN_CONFIG_LABEL
from settings import POOL_LABEL, GpuPool
from tests.components.gpu_node_pool.gpu_nodes import gpu_node, nodes_of
from tests.inferencectl.rest import Rest
from tests.inferencectl.stacks import Stack, fresh_namespace, pods

Eventually = Callable[[Callable[[], object]], object]

POOLS: list[dict[str, Any]] = [
    {
        "name": "sliced",
        "accelerator": "l4",
        "maxNodes": 2,
        "sharing": {"strategy": "time-slicing", "replicas": 4},
        "taints": [{"key": "team", "value": "vision"}],
    },
    {"name": "side-by-side", "accelerator": "a10", "maxNodes": 1, "sharing": {"strategy": "mps", "replicas": 4}},
    {"name": "instinct", "accelerator": "mi300x", "maxNodes": 2},
    {"name": "gaudi", "accelerator": "gaudi3", "maxNodes": 1},
]
NVIDIAS, AMDS, INTELS = {"sliced", "side-by-side"}, {"instinct"}, {"gaudi"}
PLACES = {
    "gpu-software-nvidia-device-plugin": NVIDIAS,
    "gpu-software-dcgm-exporter": NVIDIAS,
    "gpu-software-mps-control-daemon": {"side-by-side"},
    "gpu-software-amd-device-plugin": AMDS,
    "gpu-software-amd-metrics-exporter": AMDS,
    "gpu-software-gaudi-device-plugin": INTELS,
    "gpu-software-gaudi-metric-exporter": INTELS,
}
IMAGE = f"docker.io/tensorflow/server@sha256:{'1' * 64}"
# Of this pool the stack knows nothing: its nodes have NVIDIA's cards and taint.
STRANGERS = GpuPool.model_validate(
    {"name": "strangers", "provisioner": "existing", "accelerator": "l4", "maxNodes": 1}, by_alias=True
)


def _pools() -> list[GpuPool]:
    return [GpuPool.model_validate({**pool, "provisioner": "existing"}, by_alias=True) for pool in POOLS]


@pytest.fixture(scope="module")
def rest(api_client: ApiClient) -> Rest:
    return Rest(api_client)


@pytest.fixture(scope="module")
def nodes(api_client: ApiClient) -> Iterator[Mapping[str, str]]:
    with nodes_of(api_client, [*_pools(), STRANGERS]) as made:
        yield made


@pytest.fixture(scope="module")
def stack(api_client: ApiClient, nodes: Mapping[str, str]) -> Iterator[Stack]:
    deployed = Stack(api_client, "dev", fresh_namespace())

    def configure(platform: dict[str, Any]) -> None:
        (template,) = (model for model in platform["models"] if model["name"] == "iris")
        asked = {
            "sliced": {"accelerator": "l4", "share": 0.25},
            "side-by-side": {"accelerator": "a10", "share": 0.25},
            "instinct": {"accelerator": "mi300x", "count": 1},
            "gaudi": {"accelerator": "gaudi3", "count": 1},
        }
        platform.pop("prices")  # the stack of these tests has cards that dev has no price for
        platform["pools"] = [{**pool, "provisioner": "existing"} for pool in POOLS]
        platform["gpuSoftware"] = {"source": "manifests", "namespace": _software_namespace(deployed)}
        sandboxed = {
            "handler": "runsc",
            "overhead": {"cpu": "100m", "memory": "64Mi"},
            "nodeSelector": {POOL_LABEL: "sliced"},
        }
        platform["runtimeClasses"] = {f"{deployed.namespace}-sandboxed": sandboxed}
        platform["quota"] = {"cpu": "200", "memory": "1Ti", "gpus": 100, "pods": 200}
        platform["resourceClasses"] = {
            name: {"cpu": "500m", "memory": "1Gi", "gpu": gpu} for name, gpu in asked.items()
        }
        platform["models"] = [
            {**template, "name": name, "resources": name, "replicas": 1, "image": IMAGE} for name in asked
        ]
        platform["models"][0]["runtimeClass"] = f"{deployed.namespace}-sandboxed"

    deployed.edit(configure)
    try:
        deployed.up()
        yield deployed
    finally:
        deployed.destroy()


def _software_namespace(stack: Stack) -> str:
    return f"{stack.namespace}-gpus"


def _agents(rest: Rest, stack: Stack) -> list[dict[str, Any]]:
    return [*rest.items(f"/api/v1/namespaces/{_software_namespace(stack)}/pods").values()]


def test_each_program_is_ready_on_every_node_of_its_pools_and_on_no_other(
    rest: Rest, stack: Stack, nodes: Mapping[str, str], eventually: Eventually
) -> None:
    expected = {program: {name for name, pool in nodes.items() if pool in pools} for program, pools in PLACES.items()}

    def placed() -> Mapping[str, set[str]]:
        ready: dict[str, set[str]] = defaultdict(set)
        for pod in _agents(rest, stack):
            conditions = {each["type"]: each["status"] for each in pod["status"].get("conditions", [])}
            if conditions.get("Ready") == "True":
                ready[pod["metadata"]["labels"]["app.kubernetes.io/name"]].add(pod["spec"]["nodeName"])
        return ready

    eventually(lambda: placed() == expected)
    assert {pod["spec"]["nodeName"] for pod in _agents(rest, stack)} <= {
        name for name, pool in nodes.items() if pool != STRANGERS.name
    }


def test_a_pools_node_that_comes_later_gets_its_programs(
    rest: Rest, stack: Stack, api_client: ApiClient, eventually: Eventually
) -> None:
    (pool,) = (pool for pool in _pools() if pool.name == "side-by-side")
    late = gpu_node(pool, pool.max_nodes)
    rest.post("/api/v1/nodes", late)
    wanted = {program for program, pools in PLACES.items() if pool.name in pools}

    def programs() -> set[str]:
        return {
            pod["metadata"]["labels"]["app.kubernetes.io/name"]
            for pod in _agents(rest, stack)
            if pod["spec"].get("nodeName") == late["metadata"]["name"]
        }

    eventually(lambda: programs() == wanted)


def test_a_node_of_a_pool_names_a_configuration_that_its_programs_have(
    rest: Rest, stack: Stack, nodes: Mapping[str, str]
) -> None:
    live = rest.items("/api/v1/nodes")
    namespace = _software_namespace(stack)
    files = rest.get(f"/api/v1/namespaces/{namespace}/configmaps/gpu-software-sharing")["data"]
    for name, pool in nodes.items():
        if pool in NVIDIAS:
            assert live[name]["metadata"]["labels"][PLUGIN_CONFIG_LABEL] == pool
            assert pool in files


def test_exporters_are_targets_of_their_service(
    rest: Rest, stack: Stack, nodes: Mapping[str, str], eventually: Eventually
) -> None:
    namespace = _software_namespace(stack)
    for name, port in (
        ("gpu-software-dcgm-exporter", 9400),
        ("gpu-software-amd-metrics-exporter", 5000),
        ("gpu-software-gaudi-metric-exporter", 41611),
    ):
        wanted = {node for node, pool in nodes.items() if pool in PLACES[name]}

        def targets(name: str = name, port: int = port) -> set[str]:
            slices = rest.items(f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices").values()
            return {
                endpoint["nodeName"]
                for each in slices
                if each["metadata"]["labels"]["kubernetes.io/service-name"] == name
                and [(item["name"], item["port"]) for item in each["ports"]] == [("metrics", port)]
                for endpoint in each["endpoints"]
                if endpoint["conditions"]["ready"]
            }

        eventually(lambda targets=targets, wanted=wanted: wanted <= targets())


def test_images_are_pulled_on_the_nodes_of_the_pools_only(
    rest: Rest, stack: Stack, nodes: Mapping[str, str], eventually: Eventually
) -> None:
    def pulled() -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for pod in pods(rest, stack, component="image-prepull"):
            if pod["spec"].get("nodeName") in nodes:
                found[pod["metadata"]["labels"]["app.kubernetes.io/name"]].add(nodes[pod["spec"]["nodeName"]])
        return found

    expected = {"image-prepull-gpu": NVIDIAS, "image-prepull-amd": AMDS, "image-prepull-intel": INTELS}
    eventually(lambda: pulled() == expected)


def test_the_api_server_gives_a_pod_what_its_runtime_class_says(rest: Rest, stack: Stack) -> None:
    (pod,) = pods(rest, stack, name="sliced", component="model-server")
    assert pod["spec"]["runtimeClassName"] == f"{stack.namespace}-sandboxed"
    assert pod["spec"]["overhead"] == {"cpu": "100m", "memory": "64Mi"}
    assert pod["spec"]["nodeSelector"][POOL_LABEL] == "sliced"
    (other,) = pods(rest, stack, name="gaudi", component="model-server")
    assert "runtimeClassName" not in other["spec"]
