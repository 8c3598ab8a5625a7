"""What changes between two renderings: objects by model, restarts, and what clients notice."""

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import settings
from inferencectl.changes import Action
from inferencectl.review.comparison import OF_THE_STACK, compare, owner_of
from inferencectl.review.stack_review import client_words
from tests.inferencectl.checkout import model, tiny
from tests.inferencectl.review.reviews import AFTER, BEFORE, MODELS, deployment, manifest


def test_every_object_is_once_with_its_owner() -> None:
    found = compare(BEFORE, AFTER, MODELS)
    owned = {owner: [change.name for change in plan.changes] for owner, plan in found.by_owner.items()}
    assert owned == {
        OF_THE_STACK: ["old"],
        "mnist": ["mnist-v1-config", "mnist-v1", "mnist-v2", "mnist-token"],
        "mnist-large": ["mnist-large-v1"],
    }
    actions = {change.name: change.action for change in found.plan.changes}
    assert actions["old"] is Action.DELETE
    assert actions["mnist-v2"] is Action.CREATE
    assert actions["mnist-token"] is Action.UNCHANGED


def test_the_label_of_a_model_comes_before_its_name() -> None:
    labelled = manifest("Service", "mnist-large")
    labelled["metadata"]["labels"] = {"app.kubernetes.io/name": "mnist"}
    assert owner_of(labelled, MODELS) == "mnist"


def test_pods_restart_where_their_template_changes_and_nowhere_else() -> None:
    (restart,) = compare(BEFORE, AFTER, MODELS).restarts
    assert str(restart) == "Deployment models-dev/mnist-v1: …spec.containers[server].image"


def test_the_reasons_of_a_restart_are_few() -> None:
    before = deployment("mnist-v1", "a")
    after = deepcopy(before)
    (server,) = after["spec"]["template"]["spec"]["containers"]
    server.update(image="b", command=["c"], args=["d"], workingDir="e")
    (restart,) = compare([before], [after], MODELS).restarts
    assert str(restart).endswith(" and 1 more fields")


def test_clients_are_told_what_comes_and_goes() -> None:
    before = settings.load("tiny", config(model("iris"), model("old")), settings.Pins("tiny"))
    after = settings.load("tiny", config(model("iris"), model("new")), settings.Pins("tiny"))
    assert list(client_words(before, after)) == [
        "new: new: all requests go to version 1",
        "old: gone; clients get no answer",
    ]
    assert list(client_words(None, after)) == []


def config(*models: Mapping[str, Any]) -> dict[str, str]:
    return {"inference:platform": json.dumps(tiny(*models))}
