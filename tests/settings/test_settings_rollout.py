"""A model that cannot run twice: one version runs at a time, and only that one counts against quota and prices."""

import pytest

from settings import load, stack_cost
from tests.settings.settings_stack import IRIS, MNIST, edited, problems

RECREATE = {"strategy": "recreate"}
SHA256 = "ab" * 32


def versions(*weights: int) -> list[dict[str, object]]:
    return [
        {"version": number, "storage": f"s3://models/iris/{number}", "sha256": SHA256, "weight": weight}
        for number, weight in enumerate(weights, 1)
    ]


def test_by_default_all_versions_run() -> None:
    model = load("dev", edited({"models.1.versions": versions(0, 100)})).models[1]
    assert [version.version for version in model.running] == [1, 2]


def test_with_recreate_the_version_that_gets_the_requests_runs() -> None:
    model = load("dev", edited({"models.1.versions": versions(0, 100), "models.1.rollout": RECREATE})).models[1]
    assert [version.version for version in model.running] == [2]
    (only,) = load("dev", edited({"models.1.rollout": RECREATE})).models[1].running
    assert only.weight is None


def test_two_versions_that_both_get_requests_cannot_be_recreated() -> None:
    assert problems({"models.0.rollout": RECREATE}) == [
        (
            f"{MNIST}.versions: weights 90, 10 with rollout.strategy recreate; "
            "expected one weight of 100 and the others 0, because one version runs at a time"
        )
    ]


def test_a_strategy_is_one_of_two() -> None:
    assert problems({"models.1.rollout": {"strategy": "recrate"}}) == [
        f"{IRIS}.rollout.strategy: \"recrate\"; expected surge or recreate; did you mean 'recreate'?"
    ]


@pytest.mark.parametrize(("rollout", "fits"), [({}, False), (RECREATE, True)])
def test_a_model_that_is_recreated_needs_room_for_one_version(rollout: dict[str, str], fits: bool) -> None:
    """13 pods of the other models and of one version of iris at its maximum of 3, without the surge of a rollout."""
    edits = {"models.1.versions": versions(0, 100), "models.1.rollout": rollout, "quota": {"pods": 14}}
    if fits:
        load("dev", edited(edits))
    else:
        assert "quota.pods" in problems(edits)[0]


def test_a_stopped_version_costs_nothing() -> None:
    edits = {"models.1.versions": versions(0, 100)}
    pods = []
    for rollout in ({}, RECREATE):
        cost = stack_cost(load("dev", edited({**edits, "models.1.rollout": rollout})))
        assert cost
        pods.append((cost.parts[1].least_pods, cost.parts[1].most_pods))
    assert pods == [(2, 6), (1, 3)]
