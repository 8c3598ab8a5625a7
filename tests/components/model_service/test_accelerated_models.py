"""A model on accelerators: what its pod asks for, where it may run, and which image it is served by."""

from typing import Any

import pytest

from components.model_service.manifests import workload
from settings import GpuPool, ResourceClass, Vendor, images_of, load
from tests.components.models import GPU, SMALL, model, service_args
from tests.components.pools import MODEL_POOLS, asking_for, existing
from tests.settings.settings_pools import EXISTING, QUARTER, TIME_SLICING, stack
from tests.settings.settings_stack import edited

IMAGE = f"registry.example/team/server@sha256:{'1' * 64}"


def pod(resources: ResourceClass, *pools: GpuPool) -> Any:
    made: Any = workload.deployment(service_args(model(), resources=resources, pools=pools).served[0])
    return made.spec.template.spec


def on(pool: GpuPool) -> Any:
    """A pod that asks for the first kind of devices that the pool offers."""
    return pod(asking_for(pool, pool.offers[0]), pool)


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("shared", "nvidia.com/gpu.shared"),
        ("mig", "nvidia.com/mig-3g.20gb"),
        ("amd", "amd.com/gpu"),
        ("gaudi", "habana.ai/gaudi"),
    ],
)
def test_a_pod_asks_for_its_device_on_nodes_of_the_pool(kind: str, resource: str) -> None:
    spec = on(MODEL_POOLS[kind])
    (server,) = spec.containers
    assert server.resources.limits == server.resources.requests
    assert server.resources.limits.items() >= {"cpu": "1", "memory": "2Gi", resource: "1"}.items()
    assert spec.node_selector == {"node-restriction.kubernetes.io/gpu-pool": "pool"}


def test_taints_of_the_pool_are_tolerated_beside_the_vendors() -> None:
    tolerations = {(each.key, each.operator, each.value) for each in on(MODEL_POOLS["shared"]).tolerations}
    assert tolerations >= {("nvidia.com/gpu", "Exists", None), ("team", "Equal", "vision")}


BUILT_FOR = {"kubernetes.io/arch": ("In", ["amd64"])}


def test_one_of_several_pools_is_required() -> None:
    spot = existing(name="spot", labels={"pool": "spot"})
    reserved = existing(name="reserved", labels={"pool": "reserved", "tier": "1"})
    spec = pod(GPU, spot, reserved)
    required = spec.affinity.node_affinity.required_during_scheduling_ignored_during_execution
    assert [
        {each.key: (each.operator, each.values) for each in term.match_expressions}
        for term in required.node_selector_terms
    ] == [
        {"pool": ("In", ["spot"]), **BUILT_FOR},
        {"pool": ("In", ["reserved"]), "tier": ("In", ["1"]), **BUILT_FOR},
    ]
    assert spec.node_selector is None
    required = pod(GPU, spot).affinity.node_affinity.required_during_scheduling_ignored_during_execution
    (term,) = required.node_selector_terms
    assert {each.key: (each.operator, each.values) for each in term.match_expressions} == BUILT_FOR


def test_the_pool_says_how_its_containers_are_run() -> None:
    assert pod(GPU, existing(runtime_class="nvidia")).runtime_class_name == "nvidia"
    assert pod(GPU, existing()).runtime_class_name is None
    assert pod(SMALL).runtime_class_name is None


def test_a_build_of_ones_own_is_pulled_on_the_nodes_of_its_vendor_only() -> None:
    pools = [{**EXISTING, "accelerator": "mi300x"}]
    edits = stack(pools, {"accelerator": "mi300x", "count": 1}, image=IMAGE)
    images = images_of(load("dev", edited(edits)), {})
    assert images.by_model["iris"] == IMAGE
    assert images.by_vendor[Vendor.AMD] == [images.fetcher, IMAGE]
    assert IMAGE not in images.by_vendor[None]
    assert set(images.by_vendor) == {None, Vendor.AMD}


def test_a_part_of_a_card_needs_the_build_for_gpus() -> None:
    images = images_of(load("dev", edited(stack([{**EXISTING, "sharing": TIME_SLICING}], QUARTER))), {})
    assert images.by_model["iris"].endswith("-gpu")
    assert not images.by_model["mnist"].endswith("-gpu")
