"""Proposals from measured usage: headroom, floors and GPUs."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from inferencectl.rightsizing.proposal import Proposal, cpu_quantity, memory_quantity, proposal
from inferencectl.rightsizing.queries import Pods
from inferencectl.rightsizing.served_pods import ServedPods
from inferencectl.rightsizing.usage import GpuUsage, Usage
from inferencectl.rightsizing.window import read_window
from inferencectl.workspace.errors import SandboxError
from settings import load
from tests.settings.settings_pools import EXISTING, stack
from tests.settings.settings_stack import DELETED, edited

MIB = 2**20
WHOLE = {"accelerator": "a100-40gb", "count": 1}
CARDS = {**EXISTING, "name": "cards", "labels": {"pool": "cards"}}
MPS = {"strategy": "mps", "replicas": 4}
PARTS = {**EXISTING, "sharing": MPS}
# Two small devices and a large one on each card.
MIG = {**EXISTING, "sharing": {"strategy": "mig-mixed", "profiles": {"3g.20gb": 1, "1g.10gb": 2}}}


def proposed(
    cores: str, memory_mib: int, gpu: GpuUsage | None = None, edits: Mapping[str, Any] | None = None
) -> Proposal:
    """The proposal for `iris` of the edited dev stack."""
    platform = load("dev", edited({"prices": DELETED, **(edits or {})}))
    served = ServedPods(pods=Pods(namespace="models-dev", names="iris-v1-0"), floor_memory=Decimal(512 * MIB))
    usage = Usage(
        cpu_p95_cores=Decimal(cores), cpu_max_cores=Decimal(9), memory_max_bytes=Decimal(memory_mib * MIB), gpu=gpu
    )
    return proposal(platform, platform.models[1], served, usage)


def sized(cores: str, memory_mib: int, **iris: Any) -> tuple[str, str]:
    edits = {f"models.1.{key}": value for key, value in iris.items()}
    made = proposed(cores, memory_mib, edits=edits).proposed
    return made.cpu, made.memory


FIXED = {"scaling": None, "replicas": 1, "resources": "medium"}
"""Two cores and 8 GiB, without an autoscaler."""


def test_cpu_has_a_fifth_more_than_was_enough_most_of_the_time() -> None:
    assert sized("1.0", 4000, **FIXED)[0] == "1200m"
    assert sized("4.0", 4000, **FIXED)[0] == "4800m"


def test_memory_has_a_quarter_more_than_was_ever_taken() -> None:
    assert sized("1.0", 4096, **FIXED)[1] == "5Gi"
    assert sized("1.0", 8192, **FIXED)[1] == "10Gi"


def test_memory_is_never_less_than_the_settings_demand_for_the_model() -> None:
    assert sized("1.0", 100, **FIXED, size="1Gi")[1] == "2560Mi"


def test_memory_is_not_less_than_the_init_containers_reserve_and_cpu_follows_its_use() -> None:
    assert sized("0.04", 1, **FIXED) == ("50m", "512Mi")


@pytest.mark.parametrize(("target", "cpu"), [(50, "1600m"), (70, "1150m"), (90, "1")])
def test_pods_that_are_scaled_by_cpu_keep_the_room_that_their_autoscaler_aims_at(target: int, cpu: str) -> None:
    scaling = {"minReplicas": 1, "maxReplicas": 3, "cpuUtilizationPercent": target}
    assert sized("0.8", 1700, scaling=scaling)[0] == cpu


def test_a_pod_at_its_autoscalers_target_is_as_it_should_be() -> None:
    scaling = {"minReplicas": 1, "maxReplicas": 3, "cpuUtilizationPercent": 70}
    assert not proposed("0.7", 1600, edits={"models.1.scaling": scaling}).is_change


@pytest.mark.parametrize(("cores", "cpu"), [("1.5", "1800m"), ("1.55", "2"), ("1.666", "2"), ("1.7", "2050m")])
def test_less_is_proposed_only_where_it_is_worth_a_rollout_and_more_always(cores: str, cpu: str) -> None:
    assert sized(cores, 6500, **FIXED) == (cpu, "8Gi")


def on_cards(percent: int, mib: int, *pools: Mapping[str, Any], gpu: object = WHOLE) -> Proposal:
    """The proposal for a model on whole GPUs, in a stack where `mnist` uses the pool of parts."""
    users = {"models.0.resources": "part"} if len(pools) > 1 else {}
    edits = stack(pools, gpu)
    classes = {**edits["resourceClasses"], "part": {"cpu": 2, "memory": "8Gi", "gpu": {"memory": "10Gi"}}}
    usage = GpuUsage(p95_percent=Decimal(percent), memory_max_mib=Decimal(mib))
    return proposed("2", 6500, usage, {**edits, "resourceClasses": classes, **users})


def test_a_card_that_is_hardly_used_becomes_a_part_of_one() -> None:
    made = on_cards(20, 8000, CARDS, PARTS)
    assert str(made.proposed.gpu) == "a share of 0.25 of a100-40gb"
    assert made.proposed.gpus == 0


@pytest.mark.parametrize(
    ("percent", "mib", "needed"),
    [(21, 8000, "0.25 of a GPU and 9.8Gi"), (20, 8200, "0.24 of a GPU and 10.0Gi"), (95, 39000, "1.14 of a GPU")],
    ids=["use", "memory", "both"],
)
def test_a_card_stays_where_no_part_has_enough(percent: int, mib: int, needed: str) -> None:
    made = on_cards(percent, mib, CARDS, PARTS)
    assert made.proposed.gpu_request == made.now.gpu_request
    assert needed in made.gpu_note


def test_of_several_parts_the_smallest_that_is_enough() -> None:
    assert str(on_cards(15, 4000, CARDS, MIG).proposed.gpu) == "a share of 0.25 of a100-40gb"
    assert str(on_cards(35, 4000, CARDS, MIG).proposed.gpu) == "a share of 0.5 of a100-40gb"


def test_what_cannot_be_judged_is_reported() -> None:
    two = on_cards(1, 1, CARDS, gpu={**WHOLE, "count": 2})
    assert two.gpu_note == "usage does not show whether fewer GPUs would be enough"
    shared = on_cards(1, 1, PARTS, gpu={"accelerator": "a100-40gb", "share": 0.25})
    assert shared.gpu_note == "DCGM does not report the usage of each pod on a shared GPU"
    unknown = proposed(
        "2", 6500, GpuUsage(p95_percent=Decimal(1), memory_max_mib=Decimal(1)), {"models.1.resources": "gpu"}
    )
    assert unknown.gpu_note == "the GPU type is unknown in a stack without pools"
    unseen = proposed("2", 6500, None, stack([CARDS], WHOLE))
    assert unseen.gpu_note == "Prometheus has too few DCGM metrics for its pods"
    assert proposed("2", 6500).gpu_note == ""


@pytest.mark.parametrize(("cores", "text"), [("0.301", "350m"), ("0.35", "350m"), ("1.96", "2"), ("12", "12")])
def test_cores_are_rounded_up(cores: str, text: str) -> None:
    assert cpu_quantity(Decimal(cores)) == text


@pytest.mark.parametrize(("mib", "text"), [(641, "704Mi"), (704, "704Mi"), (1000, "1Gi"), (2048, "2Gi")])
def test_bytes_are_rounded_up(mib: int, text: str) -> None:
    assert memory_quantity(Decimal(mib * MIB)) == text


@pytest.mark.parametrize(("text", "steps"), [("1h", 60), ("1d", 1440), ("7d", 2016), ("2w", 4032), ("90d", 25_920)])
def test_a_window_is_looked_at_often_enough(text: str, steps: int) -> None:
    assert read_window(text).steps == steps


@pytest.mark.parametrize("text", ["", "7", "7 d", "0d", "59m", "91d", "1y", "-1d", "7d\n", "\uff17d", "99999h"])
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(SandboxError, match="is not a window between 1h and 90d"):
        read_window(text)
