"""A saved plan is carried out only on what it was made of."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from inferencectl.pulumi.saved_plan import Basis, SavedPlan, basis_of
from inferencectl.pulumi.stack_commands import StackState
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

COMMIT = "ab" * 20
NOW = Basis(stack="prod", commit=COMMIT, state="2026-11-29T09:00:00Z")


@pytest.fixture
def saved(tmp_path: Path) -> SavedPlan:
    plan = SavedPlan(directory=tmp_path)
    plan.plan.write_text('{"version": 1}', encoding="utf-8")
    plan.record(NOW)
    return plan


def test_a_plan_holds_while_nothing_has_changed(saved: SavedPlan) -> None:
    saved.require(NOW)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (replace(NOW, state="2026-11-29T10:00:00Z"), "state: the plan is older than the stack: "),
        (replace(NOW, stack="staging"), "stack: prod; this is staging"),
        (replace(NOW, commit="cd" * 20), f"commit: {COMMIT}; this checkout is at cdcd"),
    ],
)
def test_a_plan_of_something_else_is_refused(saved: SavedPlan, now: Basis, told: str) -> None:
    assert told in refusal(saved, now).message


def changed(saved: SavedPlan) -> None:
    saved.plan.write_text('{"version": 2}', encoding="utf-8")


def without_basis(saved: SavedPlan) -> None:
    (saved.directory / "basis.json").unlink()


def without_plan(saved: SavedPlan) -> None:
    saved.plan.unlink()


def half_a_basis(saved: SavedPlan) -> None:
    (saved.directory / "basis.json").write_text(json.dumps({"stack": "prod"}), encoding="utf-8")


@pytest.mark.parametrize("damage", [changed, without_basis, without_plan, half_a_basis])
def test_what_is_not_as_it_was_written_is_refused(saved: SavedPlan, damage: Callable[[SavedPlan], None]) -> None:
    damage(saved)
    assert str(saved.directory) in refusal(saved, NOW).message


def test_the_state_is_that_of_the_last_change() -> None:
    state = StackState(document={"version": 3, "deployment": {"manifest": {"time": NOW.state}}})
    assert basis_of("prod", COMMIT, state) == NOW
    assert basis_of("prod", COMMIT, StackState(document={})).state == "never deployed"


def refusal(saved: SavedPlan, now: Basis) -> SandboxError:
    with pytest.raises(SandboxError) as caught:
        saved.require(now)
    assert caught.value.exit_code == BAD_INPUT
    assert "nothing was changed" in caught.value.remedy
    return caught.value
