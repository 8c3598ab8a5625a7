"""Models that no pool can hold and pools that no model can use: where, what is there, what to change."""

from collections.abc import Mapping
from typing import Any

import pytest

from settings import load
from tests.settings.settings_pools import (
    CLUSTER_API,
    EXISTING,
    KARPENTER,
    MACHINE,
    QUARTER,
    TIME_SLICING,
    devices,
    reported,
    stack,
)
from tests.settings.settings_stack import IRIS, edited, problems

POOL = ".pools[0] (shared)"
SHARED = {**KARPENTER, "sharing": TIME_SLICING}
WHOLE = {"count": 1}

UNHELD: Mapping[str, tuple[Mapping[str, Any], object, str, str]] = {
    "smaller shares": (
        SHARED,
        {"accelerator": "a100-40gb", "share": 0.5},
        "a share of 0.5 of a100-40gb",
        "a100-40gb as nvidia.com/gpu.shared (10Gi, share 1/4)",
    ),
    "less memory": (
        SHARED,
        {"memory": "11Gi"},
        "a device of 11Gi",
        "a100-40gb as nvidia.com/gpu.shared (10Gi, share 1/4)",
    ),
    "whole cards only": (KARPENTER, QUARTER, "a share of 0.25 of a100-40gb", "a100-40gb as nvidia.com/gpu (40Gi)"),
    "shares only": (SHARED, WHOLE, "1 whole GPUs", "a100-40gb as nvidia.com/gpu.shared (10Gi, share 1/4)"),
    "another card": (
        SHARED,
        {"accelerator": "h100", "count": 1},
        "1 whole of h100",
        "a100-40gb as nvidia.com/gpu.shared (10Gi, share 1/4)",
    ),
    "more than a node has": (KARPENTER, {"count": 9}, "9 whole GPUs", "a100-40gb as nvidia.com/gpu (40Gi)"),
    "a smaller machine": (
        {**CLUSTER_API, "machine": {**MACHINE, "cpu": 1}},
        WHOLE,
        "1 whole GPUs",
        "a100-40gb as nvidia.com/gpu (40Gi)",
    ),
}


@pytest.mark.parametrize(("pool", "gpu", "request_", "stock"), UNHELD.values(), ids=UNHELD)
def test_a_model_that_no_pool_can_hold_and_a_pool_without_a_model_are_both_named(
    pool: Mapping[str, Any], gpu: object, request_: str, stock: str
) -> None:
    assert sorted(reported([pool], gpu)) == [
        (
            f'{IRIS}.resources: "accelerated", {request_} with 2 CPU and 8Gi of memory; '
            f"expected a pool that can hold it; 'shared' has {stock}"
        ),
        f"{POOL}: {stock} that no model requests; expected a model whose resource class can use it, or no such pool",
    ]


@pytest.mark.parametrize("machine", [{"cpu": 2}, {"memory": "8Gi"}])
def test_a_machine_that_is_as_large_as_the_pod_holds_it(machine: Mapping[str, Any]) -> None:
    assert devices([{**CLUSTER_API, "machine": {**MACHINE, **machine}}], WHOLE).count == 1


def test_a_model_whose_copy_is_larger_than_the_disk_of_a_node() -> None:
    pool = {**CLUSTER_API, "machine": {**MACHINE, "disk": "3Gi"}}
    assert reported([pool], WHOLE, size="3Gi") == [
        (
            f"{IRIS}.size: 3Gi, and each pod keeps a copy, which takes 3.4Gi; expected no more than the 3Gi of disk "
            "that a node of 'shared' has; with a volume, pods keep no copy"
        )
    ]
    assert devices([pool], WHOLE, size="2Gi").count == 1
    assert devices([pool], WHOLE, size="3Gi", volume={"capacity": "4Gi", "storageClass": "fast"}).count == 1


def test_equal_names() -> None:
    assert reported([SHARED, SHARED]) == [
        f".pools[{index}] (shared).name: 'shared', 2 times; expected a different name for each pool" for index in (0, 1)
    ]


def test_more_pods_than_the_pools_can_ever_hold() -> None:
    pool = {**SHARED, "gpusPerNode": 1, "maxNodes": 1}
    assert reported([pool], scaling={"minReplicas": 5, "maxReplicas": 5}) == [
        (
            f'{IRIS}.resources: "accelerated", 1 x nvidia.com/gpu.shared for each of 5 pods; '
            "expected at most 4 pods, what 'shared' can hold at maxNodes"
        )
    ]


def test_a_part_of_a_card_needs_a_pool() -> None:
    assert reported([]) == [
        (
            f'{IRIS}.resources: "accelerated", a share of 0.25 of a100-40gb with 2 CPU and 8Gi of memory; expected '
            "pools among the stack's settings; without pools, use gpus: whole GPUs of any node"
        )
    ]


def test_a_build_for_another_vendor_must_be_brought() -> None:
    pool = {**EXISTING, "accelerator": "mi300x"}
    assert reported([pool], {"accelerator": "mi300x", "count": 1}) == [
        (
            f"{IRIS}.image: missing: the platform has no build of tensorflow-serving for amd; "
            "expected an image of your own with its digest"
        )
    ]
    tag = "registry.example/team/server:1"
    assert reported([pool], {"accelerator": "mi300x", "count": 1}, image=tag) == [
        (
            f'{IRIS}.image: "{tag}"; expected an image with registry and digest, such as '
            "registry.example/team/server:1.2@sha256:..."
        )
    ]


def test_shared_cards_of_new_nodes_need_somebody_who_shares_them() -> None:
    edits = stack([SHARED])
    del edits["gpuSoftware"]
    assert problems(edits) == [
        (
            ".gpuSoftware: missing; expected the software that shares the cards of 'shared'; "
            "such as gpuSoftware: {source: present, namespace: gpu-operator}"
        )
    ]
    load("dev", edited({**edits, "pools": [{**EXISTING, "sharing": TIME_SLICING}]}))
