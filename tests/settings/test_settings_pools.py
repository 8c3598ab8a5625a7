"""Models ask for accelerators, and get the devices of the pools that have them."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from settings import POOL_LABEL, Taint, any_gpus, load
from settings.gpu.accelerators import ACCELERATORS
from settings.gpu.gpu_request import GpuRequest
from tests.settings.settings_pools import CLUSTER_API, EXISTING, KARPENTER, TIME_SLICING, devices, stack
from tests.settings.settings_stack import edited, problems

MIXED = {"strategy": "mig-mixed", "profiles": {"3g.20gb": 1, "2g.10gb": 1, "1g.5gb": 2}}


@pytest.mark.parametrize(
    ("pool", "gpu", "resource", "count"),
    [
        (KARPENTER, {"count": 2}, "nvidia.com/gpu", 2),
        (KARPENTER, {"accelerator": "a100-40gb", "count": 8}, "nvidia.com/gpu", 8),
        (KARPENTER, {"memory": "40Gi"}, "nvidia.com/gpu", 1),
        (
            {**KARPENTER, "sharing": TIME_SLICING},
            {"accelerator": "a100-40gb", "share": 0.25},
            "nvidia.com/gpu.shared",
            1,
        ),
        ({**KARPENTER, "sharing": TIME_SLICING}, {"memory": "10Gi"}, "nvidia.com/gpu.shared", 1),
        ({**EXISTING, "sharing": {"strategy": "mps", "replicas": 3}}, {"memory": "13Gi"}, "nvidia.com/gpu.shared", 1),
        ({**KARPENTER, "sharing": MIXED}, {"accelerator": "a100-40gb", "share": 0.125}, "nvidia.com/mig-1g.5gb", 1),
        ({**KARPENTER, "sharing": MIXED}, {"accelerator": "a100-40gb", "share": 0.5}, "nvidia.com/mig-3g.20gb", 1),
        ({**KARPENTER, "sharing": MIXED}, {"memory": "6Gi"}, "nvidia.com/mig-2g.10gb", 1),
        (
            {**EXISTING, "sharing": {"strategy": "mig-single", "profiles": {"1g.10gb": 4}}},
            {"memory": "10Gi"},
            "nvidia.com/gpu",
            1,
        ),
        (CLUSTER_API, {"count": 1}, "nvidia.com/gpu", 1),
    ],
)
def test_a_request_becomes_the_smallest_device_that_serves_it(
    pool: Mapping[str, Any], gpu: object, resource: str, count: int
) -> None:
    got = devices([pool], gpu)
    assert (got.resource, got.count) == (resource, count)
    assert got.node_selectors == ({POOL_LABEL: "shared"},)


@pytest.mark.parametrize(
    ("accelerator", "resource"), [("mi300x", "amd.com/gpu"), ("gaudi3", "habana.ai/gaudi"), ("h200", "nvidia.com/gpu")]
)
def test_other_vendors_are_asked_for_in_the_same_way(accelerator: str, resource: str) -> None:
    image = f"registry.example/team/server@sha256:{'1' * 64}"
    got = devices([{**EXISTING, "accelerator": accelerator}], {"accelerator": accelerator, "count": 1}, image=image)
    assert got.resource == resource


def test_whole_gpus_by_number_run_on_whole_cards_of_any_pool_of_nvidias() -> None:
    pools = [{**EXISTING, "name": "shared", "sharing": TIME_SLICING}, {**EXISTING, "name": "whole"}]
    edits = {**stack(pools, {"accelerator": "a100-40gb", "share": 0.25}), "models.2.resources": "gpu"}
    platform = load("dev", edited(edits))
    got = platform.devices_of(platform.models[2])
    assert got is not None
    assert (got.resource, got.node_selectors) == ("nvidia.com/gpu", ({POOL_LABEL: "whole"},))


def test_without_pools_whole_gpus_are_those_of_any_node() -> None:
    platform = load("dev", edited({"models.1.resources": "gpu"}))
    assert platform.devices_of(platform.models[1]) == any_gpus(1)
    assert any_gpus(1).node_selectors == ({"nvidia.com/gpu.present": "true"},)
    assert platform.devices_of(platform.models[0]) is None


def test_pools_that_offer_the_same_stand_in_for_each_other() -> None:
    taint = {"key": "team", "value": "vision"}
    reserved = {**KARPENTER, "name": "reserved", "sharing": TIME_SLICING, "weight": 50}
    spot = {**KARPENTER, "name": "spot", "sharing": TIME_SLICING, "capacity": ["spot"], "taints": [taint]}
    smaller = {**KARPENTER, "name": "smaller", "accelerator": "t4"}
    got = devices([reserved, spot, smaller], {"memory": "9Gi"})
    assert got.node_selectors == ({POOL_LABEL: "reserved"}, {POOL_LABEL: "spot"})
    assert got.taints == (Taint(key="team", value="vision"),)


def test_existing_nodes_are_found_by_labels_of_their_own() -> None:
    labels = {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-40GB"}
    assert devices([{**EXISTING, "labels": labels}], {"count": 1}).node_selectors == (labels,)


def test_the_quota_counts_cards() -> None:
    """Four pods of a quarter each are one card; `iris` has three, and one more for its rollout."""
    shared = [{**KARPENTER, "sharing": TIME_SLICING}]
    edits = stack(shared)
    assert devices(shared).cards == Fraction(1, 4)
    load("dev", edited({**edits, "quota": {"gpus": 1}}))
    spare = {**stack([{**shared[0], "spare": 1}]), "quota": {"gpus": 1}}
    assert problems(spare) == [
        (
            ".quota.gpus: 1; expected at least 2, what all models take at their maximum during a rollout; "
            "raise it, or lower maxReplicas: 'iris' alone takes 1"
        )
    ]


def test_a_part_without_bound_says_how_much_it_is() -> None:
    assert devices([{**EXISTING, "sharing": TIME_SLICING}]).memory_share == Fraction(1, 4)
    assert devices([{**EXISTING, "sharing": {"strategy": "mps", "replicas": 4}}]).memory_share is None


@pytest.mark.parametrize("name", [name for name, card in ACCELERATORS.items() if card.mig])
def test_profiles_have_nvidias_names_of_which_the_largest_is_all_of_the_memory(name: str) -> None:
    card = ACCELERATORS[name]
    for profile in card.mig.values():
        assert re.fullmatch(rf"{profile.compute_slices}g\.[0-9]+gb", profile.name)
    assert list(card.mig)[-1] == f"7g.{card.memory_gib}gb"


def test_the_cards_that_nvidia_cuts() -> None:
    cut = {name for name, card in ACCELERATORS.items() if card.mig}
    assert cut == {"a100-40gb", "a100-80gb", "h100", "h200", "b200"}


@pytest.mark.parametrize("amount", [{"count": 1}, {"memory": "10Gi"}])
def test_who_does_not_ask_for_a_share_is_served_by_any(amount: Mapping[str, Any]) -> None:
    assert GpuRequest.model_validate(amount).least_share == 0
