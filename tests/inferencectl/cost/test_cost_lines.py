"""The cost of a stack as text, and the saved cost for the next comparison."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from inferencectl.cost import saved_cost
from inferencectl.cost.comparison import CostComparison, compared
from inferencectl.workspace.machine_json import as_json
from settings import Cost, StackCost


def part(name: str, least: str, most: str, pods: tuple[int, int] = (2, 8)) -> Cost:
    return Cost(name=name, least=Decimal(least), most=Decimal(most), least_pods=pods[0], most_pods=pods[1])


def stack(*parts: Cost, currency: str = "EUR") -> StackCost:
    return StackCost(currency=currency, parts=parts)


def lines(now: StackCost, before: StackCost | None = None) -> list[str]:
    comparison = compared(now, before)
    assert isinstance(comparison, CostComparison)
    return [line.replace("\N{EN DASH}", "-") for line in comparison.lines]


MNIST = part("mnist", "61.00", "244.00")
ONE = part("iris", "0.42", "9.96", (1, 1))


def test_a_line_for_each_part_and_one_for_the_total() -> None:
    assert lines(stack(MNIST, ONE)) == [
        "mnist: 61-244 EUR a month (2-8 pods)",
        "iris: 0.42-9.96 EUR a month (1 pod)",
        "total: 61-254 EUR a month (3-9 pods)",
    ]


def test_what_does_not_scale_has_one_number() -> None:
    assert lines(stack(part("bert", "149.02", "149.02", (2, 2))))[0] == "bert: 149 EUR a month (2 pods)"
    assert lines(stack(part("idle", "0.00", "30.00", (0, 3))))[0] == "idle: 0-30 EUR a month (0-3 pods)"


@pytest.mark.parametrize(
    ("least", "most", "reported"),
    [
        ("73.00", "256.00", ", +12 EUR"),
        ("61.00", "256.00", ", +0 to +12 EUR"),
        ("60.50", "122.00", ", -0.50 to -122 EUR"),
        ("61.00", "244.00", ""),
    ],
)
def test_what_changes_is_reported(least: str, most: str, reported: str) -> None:
    changed, total = lines(stack(part("mnist", least, most)), stack(MNIST))
    assert changed.partition(" pods)")[2] == reported
    assert total.partition(" pods)")[2] == reported


def test_models_that_come_and_go_are_reported() -> None:
    assert lines(stack(MNIST), stack(ONE)) == [
        "mnist: 61-244 EUR a month (2-8 pods), new",
        "iris: removed, -0.42 to -9.96 EUR",
        "total: 61-244 EUR a month (2-8 pods), +61 to +234 EUR",
    ]


def test_other_currencies_are_not_compared() -> None:
    assert lines(stack(MNIST), stack(MNIST, currency="USD")) == lines(stack(MNIST))


def test_a_stack_without_prices_has_no_lines() -> None:
    assert compared(None, stack(MNIST)) is None


def test_what_is_kept_is_what_was_there(tmp_path: Path) -> None:
    assert saved_cost.read(tmp_path) is None
    saved_cost.write(tmp_path, stack(MNIST, ONE))
    assert saved_cost.read(tmp_path) == stack(MNIST, ONE)
    saved_cost.write(tmp_path, None)
    assert saved_cost.read(tmp_path) is None
    saved_cost.write(tmp_path, None)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"currency": "EUR", "parts": [{"least": "x", "most": "1"}]}'])
def test_what_cannot_be_read_is_as_if_it_were_not_there(tmp_path: Path, damage: str) -> None:
    (tmp_path / "cost.json").write_text(damage)
    assert saved_cost.read(tmp_path) is None


def test_machines_get_exact_amounts() -> None:
    listed = json.loads(as_json(compared(stack(MNIST), None)))
    assert listed["before"] is None
    assert listed["now"] == {
        "currency": "EUR",
        "parts": [{"name": "mnist", "least": "61.00", "most": "244.00", "least_pods": 2, "most_pods": 8}],
    }
