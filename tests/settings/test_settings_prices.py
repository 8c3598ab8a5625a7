"""What a stack costs by its own prices, and prices that are wrong or missing."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from settings import Cost, StackCost, load, stack_cost
from tests.settings.settings_pools import EXISTING, KARPENTER, TIME_SLICING, stack
from tests.settings.settings_stack import DELETED, edited, problems

PRICES: Mapping[str, Any] = {"currency": "EUR", "hoursPerMonth": 100, "cpuHour": 0.1, "memoryGibHour": 0.01}
STORED: Mapping[str, Any] = {**PRICES, "storageGibMonth": 3}
ON_CARDS: Mapping[str, Any] = {**STORED, "acceleratorHour": {"a100-40gb": 3}}
SPOT: Mapping[str, Any] = {**ON_CARDS, "spotDiscountPercent": 60}
WHOLE = {"accelerator": "a100-40gb", "count": 1}
MIG = {"strategy": "mig-mixed", "profiles": {"3g.20gb": 1, "1g.10gb": 2}}
EXPECTED_PRICE = "expected a number from 0 to 1000000, such as 0.035"


def cost(edits: Mapping[str, Any], name: str = "iris") -> Cost:
    """What a part of the edited dev stack costs."""
    found = stack_cost(load("dev", edited(edits)))
    assert found
    (part,) = (part for part in found.parts if part.name == name)
    return part


def accelerated(
    pools: Sequence[Mapping[str, Any]], gpu: object, prices: Mapping[str, Any] = ON_CARDS
) -> dict[str, Any]:
    return {**stack(pools, gpu, scaling={"minReplicas": 2, "maxReplicas": 4}), "prices": prices}


# Two cores and 8 GiB for 100 hours.
POD = Decimal(20 + 8)


def test_a_model_costs_its_pods_from_the_fewest_to_the_most() -> None:
    # One core and 2 GiB: 100 x (0.1 + 2 x 0.01).
    assert cost({"prices": STORED}) == Cost(
        name="iris", least=Decimal("12.00"), most=Decimal("36.00"), least_pods=1, most_pods=3
    )


def test_every_version_counts() -> None:
    found = cost({"prices": STORED}, "mnist")
    assert (found.least_pods, found.most_pods) == (2, 6)
    assert (found.least, found.most) == (24, 72)


def test_a_volume_is_paid_once_however_many_pods_there_are() -> None:
    one, two = (cost({"prices": STORED, "models.2.replicas": replicas}, "recommender") for replicas in (1, 2))
    assert (one.least, two.least) == (POD + 3, 2 * POD + 3)
    assert (one.least, two.least) == (one.most, two.most)


def test_a_shared_card_is_paid_by_its_part() -> None:
    thirds = {**KARPENTER, "sharing": {**TIME_SLICING, "replicas": 3}}
    found = cost(accelerated([thirds], {"accelerator": "a100-40gb", "share": 0.33}))
    assert (found.least, found.most) == (2 * (POD + 100), 4 * (POD + 100))


def test_a_whole_card_is_paid_whole_and_several_for_each() -> None:
    assert cost(accelerated([KARPENTER], WHOLE)).least == 2 * (POD + 300)
    assert cost(accelerated([KARPENTER], {**WHOLE, "count": 2})).least == 2 * (POD + 600)


@pytest.mark.parametrize(
    ("capacity", "cheapest", "dearest"),
    [(["spot"], 40, 40), (["on-demand"], 100, 100), (["spot", "on-demand"], 40, 100)],
)
def test_spot_nodes_cost_less_and_where_both_may_come_it_is_a_range(
    capacity: list[str], cheapest: int, dearest: int
) -> None:
    found = cost(accelerated([{**KARPENTER, "capacity": capacity}], WHOLE, SPOT))
    month = POD + 300
    assert (found.least, found.most) == (2 * month * cheapest / 100, 4 * month * dearest / 100)


def test_pools_that_stand_in_for_each_other_are_all_reckoned_with() -> None:
    pools = [{**KARPENTER, "capacity": ["spot"]}, {**KARPENTER, "name": "reserved"}]
    found = cost(accelerated(pools, WHOLE, SPOT))
    assert (found.least, found.most) == (2 * (POD + 300) * Decimal("0.4"), 4 * (POD + 300))


def test_nodes_that_somebody_else_brings_are_paid_on_demand() -> None:
    assert cost(accelerated([EXISTING], WHOLE)).least == 2 * (POD + 300)


def test_gpus_of_any_node_have_one_price() -> None:
    gpus = {"models.1.resources": "gpu", "prices": {**STORED, "anyGpuHour": 2}}
    # Four cores, 16 GiB and one GPU.
    assert cost(gpus).least == 40 + 16 + 200


def test_spare_capacity_is_a_part_of_its_own() -> None:
    found = cost(accelerated([{**KARPENTER, "spare": 3}], WHOLE), "spare of shared")
    # A card each, and what the pod takes beside it: 10m of a core and 32 MiB.
    assert found.least == found.most == Decimal("900.39")
    assert found.least_pods == 3


def test_spare_devices_of_a_cut_card_are_its_parts() -> None:
    pool = {**KARPENTER, "sharing": MIG, "spare": 1}
    found = cost(accelerated([pool], {"accelerator": "a100-40gb", "memory": "10Gi"}), "spare of shared")
    # A card is a 3g and two 1g, so its parts are 3/5 and 1/5.
    assert found.least == Decimal("240.26")
    assert found.least_pods == 2


def test_the_total_is_the_sum_of_what_is_shown() -> None:
    prices = {**STORED, "cpuHour": 0.0123457, "memoryGibHour": 0.0012345}
    found = stack_cost(load("dev", edited({"prices": prices})))
    assert found
    assert found.total.least == sum(part.least for part in found.parts)
    assert found.total.most == sum(part.most for part in found.parts)
    assert all(part.least == round(part.least, 2) for part in found.parts)
    assert (found.total.least_pods, found.total.most_pods) == (5, 11)


def test_the_arithmetic_is_that_of_the_digits_that_were_written() -> None:
    # In binary fractions three tenths are less than 0.1 x 3, and the cent would be lost.
    prices = {**STORED, "hoursPerMonth": 1, "cpuHour": 0.015, "memoryGibHour": 0}
    assert cost({"prices": prices, "models.1.replicas": 1, "models.1.scaling": None}).least == Decimal("0.02")
    assert load("dev", edited({"prices": {**STORED, "cpuHour": 0.1}})).prices.cpu_hour == Decimal("0.1")  # pyright: ignore[reportOptionalMemberAccess]


def test_a_stack_without_prices_has_no_cost() -> None:
    assert stack_cost(load("dev", edited({"prices": DELETED}))) is None


def test_the_currency_is_the_stacks() -> None:
    assert isinstance(found := stack_cost(load("dev", edited({"prices": {**STORED, "currency": "CNY"}}))), StackCost)
    assert found.currency == "CNY"


WRONG: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "negative": ({"cpuHour": -0.1}, f"cpuHour: -0.1; {EXPECTED_PRICE}"),
    "text": ({"cpuHour": "0.1"}, f'cpuHour: "0.1"; {EXPECTED_PRICE}; write it without quotes'),
    "boolean": ({"cpuHour": True}, f"cpuHour: true; {EXPECTED_PRICE}"),
    "not a number": ({"cpuHour": float("nan")}, f"cpuHour: NaN; {EXPECTED_PRICE}"),
    "endless": ({"cpuHour": float("inf")}, f"cpuHour: Infinity; {EXPECTED_PRICE}"),
    "too much": ({"memoryGibHour": 1_000_001}, f"memoryGibHour: 1000001; {EXPECTED_PRICE}"),
    "currency": (
        {"currency": "eur"},
        "currency: \"eur\"; expected a currency code of ISO 4217 such as EUR; did you mean 'EUR'?",
    ),
    "currency sign": ({"currency": "€"}, 'currency: "€"; expected a currency code of ISO 4217 such as EUR'),
    "hours": ({"hoursPerMonth": 800}, "hoursPerMonth: 800; expected at most 744"),
    "discount": ({"spotDiscountPercent": 100}, "spotDiscountPercent: 100; expected at most 99"),
    "volume": (
        {"storageGibMonth": DELETED},
        "storageGibMonth: missing; expected a price for the volume of model 'recommender'; or remove prices",
    ),
    "no price": ({"cpuHour": DELETED}, "cpuHour: missing; expected price of a CPU core for an hour, on demand"),
}


@pytest.mark.parametrize(("changes", "reported"), WRONG.values(), ids=WRONG)
def test_a_price_that_is_wrong_is_reported_with_its_place(changes: Mapping[str, Any], reported: str) -> None:
    prices = {key: value for key, value in {**STORED, **changes}.items() if value is not DELETED}
    assert problems({"prices": prices}) == [f".prices.{reported}"]


def test_an_unknown_accelerator_is_reported_with_the_nearest() -> None:
    (reported,) = problems({"prices": {**STORED, "acceleratorHour": {"h10": 3}}})
    assert reported.startswith('.prices.acceleratorHour.h10: "h10"; expected an accelerator: t4, ')
    assert reported.endswith("did you mean 'h100'?")


def test_what_the_stack_uses_has_a_price() -> None:
    mixed = {**KARPENTER, "capacity": ["spot", "on-demand"]}
    again = {**KARPENTER, "name": "again"}
    unless = "or remove prices"
    assert problems(accelerated([mixed, again], WHOLE, STORED)) == [
        f".prices.acceleratorHour.a100-40gb: missing; expected a price for the accelerator of pool 'shared'; {unless}",
        f".prices.spotDiscountPercent: missing; expected a price for the spot nodes of pool 'shared'; {unless}",
    ]
    assert problems({"models.1.resources": "gpu", "prices": STORED}) == [
        ".prices.anyGpuHour: missing; expected a price for the GPUs of model 'iris'; or remove prices"
    ]
