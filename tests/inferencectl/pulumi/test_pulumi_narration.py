"""What is said while Pulumi works."""

import threading
from typing import Any

import pytest
from pulumi.automation.events import EngineEvent

from inferencectl.changes import Action, Change
from inferencectl.pulumi import narration
from inferencectl.pulumi.narration import Narration
from tests.inferencectl.pulumi.stand_in import MODEL, ignore
from tests.waiting import soon

CREATED = Change(action=Action.CREATE, kind="Deployment", namespace="models", name="mnist-v1", urn=MODEL)


def event(**told: object) -> EngineEvent:
    return EngineEvent.from_json({"sequence": 1, "timestamp": 1, **told})


def step(op: str) -> dict[str, Any]:
    return {"metadata": {"op": op, "urn": MODEL, "type": "kubernetes:apps/v1:Deployment"}}


def status(message: str, severity: str = "info") -> EngineEvent:
    return event(diagnosticEvent={"urn": MODEL, "message": message, "severity": severity, "ephemeral": True})


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each silence ends at once."""
    monkeypatch.setattr(narration, "_SILENCES_SECONDS", (0.01,))


@pytest.mark.usefixtures("quick")
def test_a_silence_is_broken_with_how_far_it_is() -> None:
    said: list[str] = []
    with Narration(said.append, "comparing the stack with the cluster") as told:
        told.take(event(resourcePreEvent=step("same")), None)
        soon(lambda: "pulumi is comparing the stack with the cluster: 1 resources so far" in said)


@pytest.mark.usefixtures("quick")
def test_a_silence_is_broken_with_what_is_waited_for_and_why() -> None:
    said: list[str] = []
    with Narration(said.append, "deploying the stack") as told:
        told.take(event(resourcePreEvent=step("create")), None)
        told.take(status("<{%reset%}>[1/2] Waiting for app ReplicaSet<{%reset%}>"), None)
        soon(
            lambda: any(
                line.startswith("waiting for mnist-v1: [1/2] Waiting for app ReplicaSet, for ") for line in said
            )
        )
        told.take(event(resOutputsEvent=step("create")), CREATED)
        said.clear()
        soon(lambda: "pulumi is deploying the stack: 1 resources so far" in said)


def test_each_change_and_each_warning_is_said_once_and_at_once() -> None:
    said: list[str] = []
    with Narration(said.append, "deploying the stack") as told:
        told.take(status("this version is deprecated", "warning"), None)
        told.take(status("this version is deprecated", "warning"), None)
        told.take(event(resOutputsEvent=step("create")), CREATED)
        told.take(event(resOutputsEvent=step("same")), None)
    assert said == ["mnist-v1: this version is deprecated", "create Deployment models/mnist-v1"]


def test_nothing_runs_on_afterwards() -> None:
    before = threading.active_count()
    with pytest.raises(RuntimeError), Narration(ignore, "deploying the stack"):
        raise RuntimeError
    assert threading.active_count() == before
