"""Pools and requests that cannot be: where, what is there, what to change."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.settings.settings_pools import (
    CLUSTER_API,
    EXISTING,
    KARPENTER,
    MACHINE,
    QUARTER,
    TIME_SLICING,
    reported,
    stack,
)
from tests.settings.settings_stack import problems

POOL = ".pools[0] (shared)"
SHARED = {**KARPENTER, "sharing": TIME_SLICING}
WHOLE = {"count": 1}
NVIDIAS = "t4, l4, a10, a10g, a100-40gb, a100-80gb, l40s, h100, h200, b200"
ACCELERATORS = f"{NVIDIAS}, mi210, mi250, mi300x, mi325x, gaudi2 or gaudi3"
PROFILES = "1g.5gb, 1g.10gb, 2g.10gb, 3g.20gb, 4g.20gb or 7g.40gb"


def sharing(pool: Mapping[str, Any] = KARPENTER, **fields: Any) -> Mapping[str, Any]:
    return {**pool, "sharing": fields}


CASES: Mapping[str, tuple[Mapping[str, Any], object, str]] = {
    "unknown accelerator": (
        {**SHARED, "accelerator": "a100"},
        QUARTER,
        f".accelerator: \"a100\"; expected an accelerator: {ACCELERATORS}; did you mean 'a100-40gb' or 'a100-80gb'?",
    ),
    "misspelt accelerator": (
        {**SHARED, "accelerator": "mi300"},
        QUARTER,
        f".accelerator: \"mi300\"; expected an accelerator: {ACCELERATORS}; did you mean 'mi300x'?",
    ),
    "profile of another card": (
        sharing(strategy="mig-mixed", profiles={"1g.10gb": 1, "3g.40gb": 1}),
        QUARTER,
        f".sharing.profiles[\"3g.40gb\"]: not a profile of a100-40gb; expected {PROFILES}; did you mean '7g.40gb'?",
    ),
    "card without MIG": (
        sharing({**KARPENTER, "accelerator": "t4"}, strategy="mig-mixed", profiles={"1g.5gb": 7}),
        QUARTER,
        (
            ".sharing.strategy: mig-mixed with t4, which does not support MIG; "
            "expected another strategy: none, time-slicing or mps"
        ),
    ),
    "more slices than the card": (
        sharing(strategy="mig-mixed", profiles={"3g.20gb": 2, "1g.5gb": 1}),
        QUARTER,
        (
            ".sharing.profiles: 2 x 3g.20gb + 1 x 1g.5gb = 7 compute and 9 memory slices; "
            "expected at most 7 and 8, what a card of a100-40gb has"
        ),
    ),
    "MPS with MIG": (
        sharing(strategy="mps", replicas=4, profiles={"1g.5gb": 7}),
        QUARTER,
        (
            ".sharing.profiles: MIG profiles with strategy mps; expected no profiles, or strategy mig-single or "
            "mig-mixed; MPS does not run on MIG devices"
        ),
    ),
    "time-slicing with MIG": (
        sharing(strategy="time-slicing", replicas=4, profiles={"1g.5gb": 7}),
        QUARTER,
        (
            ".sharing.profiles: MIG profiles with strategy time-slicing; expected no profiles, or strategy mig-single "
            "or mig-mixed; profiles belong to MIG"
        ),
    ),
    "shared with itself": (sharing(strategy="mps", replicas=1), QUARTER, ".sharing.replicas: 1; expected at least 2"),
    "shared by nobody": (
        sharing(strategy="time-slicing"),
        QUARTER,
        ".sharing.replicas: missing; expected the number of pods per card for time-slicing",
    ),
    "too many clients": (
        sharing(strategy="mps", replicas=49),
        QUARTER,
        ".sharing.replicas: 49; expected at most 48, the clients of one card",
    ),
    "replicas of MIG": (
        sharing(strategy="mig-mixed", profiles={"1g.10gb": 4}, replicas=2),
        QUARTER,
        (
            ".sharing.replicas: has no effect with strategy mig-mixed; "
            "expected no replicas, or strategy time-slicing or mps"
        ),
    ),
    "MIG without profiles": (
        sharing(strategy="mig-mixed"),
        QUARTER,
        ".sharing.profiles: missing; expected how a card is partitioned, such as {1g.5gb: 7}",
    ),
    "two profiles of one": (
        sharing(EXISTING, strategy="mig-single", profiles={"1g.10gb": 1, "2g.10gb": 1}),
        QUARTER,
        ".sharing.profiles: 2 profiles with strategy mig-single; expected one profile; mig-mixed allows several",
    ),
    "AMD shared": (
        sharing({**EXISTING, "accelerator": "mi300x"}, strategy="time-slicing", replicas=2),
        QUARTER,
        ".sharing.strategy: time-slicing with mi300x; expected none: only NVIDIA cards can be shared this way",
    ),
    "single MIG with Karpenter": (
        sharing(strategy="mig-single", profiles={"1g.10gb": 4}),
        QUARTER,
        (
            ".sharing.strategy: mig-single with karpenter, which would count its devices as whole cards; "
            "expected mig-mixed: its devices have names of their own"
        ),
    ),
    "minimum above maximum": (
        {**CLUSTER_API, "minNodes": 3},
        WHOLE,
        ".minNodes: 3, more than maxNodes; expected at most 2",
    ),
    "minimum with Karpenter": (
        {**SHARED, "minNodes": 1},
        QUARTER,
        (
            ".minNodes: 1 with karpenter, which keeps no empty nodes; expected 0; "
            "spare keeps devices, and so their nodes, warm"
        ),
    ),
    "on-demand first": (
        {**SHARED, "capacity": ["on-demand", "spot"]},
        QUARTER,
        (
            ".capacity: on-demand, spot; expected spot, on-demand, or both in this order; "
            "for another order, create two pools and give the first one the greater weight"
        ),
    ),
    "two zones of machines": (
        {**CLUSTER_API, "zones": ["zone-a", "zone-b"]},
        WHOLE,
        (
            ".zones: zone-a, zone-b with cluster-api; expected one, as a machine template has only one; "
            "create a pool for each"
        ),
    ),
    "kinds of devices from nothing": (
        sharing(CLUSTER_API, strategy="mig-mixed", profiles={"3g.20gb": 1, "1g.10gb": 2}),
        QUARTER,
        (
            ".minNodes: 0, with 2 kinds of devices; expected at least 1: of an empty pool, the autoscaler knows "
            "only one kind of device; or a pool for each MIG profile"
        ),
    ),
    "no node class": (
        {key: value for key, value in SHARED.items() if key != "nodeClass"},
        QUARTER,
        ".nodeClass: missing; expected what karpenter creates nodes from",
    ),
    "no machine template": (
        {key: value for key, value in CLUSTER_API.items() if key != "machine"},
        WHOLE,
        ".machine: missing; expected what cluster-api creates nodes from",
    ),
    "without effect": (
        {**EXISTING, "zones": ["zone-a"]},
        WHOLE,
        ".zones: has no effect with provisioner existing; expected no zones, or another provisioner",
    ),
    "no capacity": (
        {**SHARED, "capacity": []},
        QUARTER,
        ".capacity: an empty list; expected at least one entry",
    ),
    "a machine that nobody makes": (
        {**EXISTING, "machine": MACHINE},
        WHOLE,
        ".machine: has no effect with provisioner existing; expected no machine, or another provisioner",
    ),
    "budget for a while": (
        {**SHARED, "disruption": {"budgets": [{"nodes": 0, "schedule": "0 8 * * MON-FRI"}]}},
        QUARTER,
        ".disruption.budgets[0].durationMinutes: missing; expected schedule and durationMinutes, or neither",
    ),
    "no cron schedule": (
        {**SHARED, "disruption": {"budgets": [{"nodes": 0, "schedule": "mornings", "durationMinutes": 5}]}},
        QUARTER,
        (
            '.disruption.budgets[0].schedule: "mornings"; expected a cron expression of minute, hour, day of the '
            "month, month and day of the week, such as '0 8 * * 1-5'"
        ),
    ),
}


@pytest.mark.parametrize(("pool", "gpu", "line"), CASES.values(), ids=CASES)
def test_pools_that_cannot_be(pool: Mapping[str, Any], gpu: object, line: str) -> None:
    assert reported([pool], gpu) == [POOL + line]


REQUESTS: Mapping[str, tuple[object, str]] = {
    "share of the whole": (
        {"accelerator": "a100-40gb", "share": 1},
        (".share: 1; expected a number between 0 and 1, such as 0.25 for a quarter; use count for whole ones"),
    ),
    "share of more": (
        {"accelerator": "a100-40gb", "share": 2.5},
        (".share: 2.5; expected a number between 0 and 1, such as 0.25 for a quarter; use count for whole ones"),
    ),
    "share of anything": (
        {"share": 0.25},
        f".accelerator: missing for a share; expected the accelerator that it is a share of: {ACCELERATORS}",
    ),
    "nothing": ({}, ": no amount; expected one of count, share and memory"),
    "two amounts": (
        {"count": 1, "memory": "10Gi"},
        ": count and memory; expected one of count, share and memory",
    ),
}


@pytest.mark.parametrize(("gpu", "line"), REQUESTS.values(), ids=REQUESTS)
def test_requests_that_cannot_be(gpu: object, line: str) -> None:
    assert reported([SHARED], gpu) == [f".resourceClasses.accelerated.gpu{line}"]


def test_two_ways_of_asking() -> None:
    edits = {
        **stack([SHARED]),
        "resourceClasses": {"accelerated": {"cpu": 1, "memory": "1Gi", "gpus": 1, "gpu": WHOLE}},
    }
    assert problems(edits) == [
        ".resourceClasses.accelerated.gpus: 1, in addition to gpu; expected gpus or gpu, not both"
    ]
