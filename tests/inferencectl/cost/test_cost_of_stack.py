"""The cost of a change in a preview, in a sandbox of its own."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from inferencectl.sandbox.toolchain.toolchain import Toolchain
from tests.inferencectl.checkout import STACK, Checkout, model, removed, tiny

PRICES = {"currency": "EUR", "cpuHour": 0.04, "memoryGibHour": 0.005}
# A month of one core and 2 GiB.
POD = "36.50"


pytestmark = pytest.mark.early


@pytest.fixture(scope="module")
def checkout(tools: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    with removed(Checkout.copied_to(tmp_path_factory.mktemp("cost"))) as made:
        yield made


def priced(checkout: Checkout, **fields: Any) -> None:
    checkout.write(STACK, {**tiny(model(**fields)), "prices": PRICES})


def test_a_preview_tells_what_a_change_costs_against_what_is_deployed(checkout: Checkout) -> None:
    priced(checkout, replicas=1)
    first = checkout.on_stack("preview")
    assert first.code == 0, first.err
    assert "\niris: 36 EUR a month (1 pod)\n" in first.out
    deployed = checkout.on_stack("up")
    assert deployed.code == 0, deployed.err
    assert "\niris: 36 EUR a month (1 pod)\ntotal: 36 EUR a month (1 pod)\n" in deployed.out
    priced(checkout, replicas=3)
    reported, listed = checkout.on_stack("preview"), checkout.on_stack("preview", "--json")
    assert "\niris: 110 EUR a month (3 pods), +73 EUR\n" in reported.out
    cost = json.loads(listed.out)["cost"]
    assert cost["before"]["parts"] == [
        {"name": "iris", "least": POD, "most": POD, "least_pods": 1, "most_pods": 1},
    ]
    assert cost["now"]["parts"][0]["least"] == "109.50"
    # A preview deploys nothing, so the next compares with the same.
    assert "+73 EUR" in checkout.on_stack("preview").out


def test_without_prices_nothing_is_said_of_cost(checkout: Checkout) -> None:
    checkout.write(STACK, tiny(model(replicas=1)))
    reported, listed = checkout.on_stack("preview"), checkout.on_stack("preview", "--json")
    assert reported.code == 0, reported.err
    assert "a month" not in reported.out
    assert json.loads(listed.out)["cost"] is None
