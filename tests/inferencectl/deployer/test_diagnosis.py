"""Which pods waiting cannot help."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from inferencectl.deployer.diagnosis import hindrances, of_newest_revision, stuck, stuck_pod
from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.resources import Resources

LONG_AGO = "2026-01-01T00:00:00Z"
FINAL_REASON = "cannot start: {}: model refused: its signature does not hold"
JUST_NOW = "2026-01-02T00:00:00Z"
FINAL = {"terminated": {"exitCode": 3, "message": "model refused: its signature does not hold\n"}}
REFUSED = {"terminated": {"exitCode": 1, "message": "model.sig: wrong key"}}


def unschedulable(since: str, status: str = "False") -> dict[str, Any]:
    condition = {"type": "PodScheduled", "status": status, "reason": "Unschedulable", "message": "0/3 nodes"}
    return {"conditions": [{**condition, "lastTransitionTime": since}]}


def container(reason: str, *, of: str = "containerStatuses", since: str = LONG_AGO, **more: object) -> dict[str, Any]:
    return {"startTime": since, of: [{"name": "server", "state": {"waiting": {"reason": reason}}, **more}]}


def bringing(name: str, *, of: str = "initContainerStatuses", **states: object) -> dict[str, Any]:
    """A pod whose container brings the model, or another one that says nothing of its exit codes."""
    return {"startTime": JUST_NOW, of: [{"name": name, **states}]}


def server(reason: str, restarts: int, last: Mapping[str, object]) -> dict[str, Any]:
    """A pod whose model server has ended, and is started again after a while."""
    waiting = {"waiting": {"reason": reason}}
    states = {"state": waiting, "lastState": last, "restartCount": restarts}
    return {"startTime": JUST_NOW, "containerStatuses": [{"name": "model-server", **states}]}


def pod(name: str, revision: str, created: str, **metadata: object) -> dict[str, Any]:
    labels = {"pod-template-hash": revision}
    return {"metadata": {"name": name, "labels": labels, "creationTimestamp": created, **metadata}}


def event(reason: str, *, of: str = "web-1", message: str = "not there\nsecond line") -> dict[str, Any]:
    since = {"firstTimestamp": "2026-01-01T23:59:00Z"}
    return {"reason": reason, "message": message, "involvedObject": {"kind": "Pod", "name": of}, **since}


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (unschedulable(LONG_AGO), "has been unschedulable for 86400 s: 0/3 nodes"),
        (unschedulable(JUST_NOW), ""),
        (container("ImagePullBackOff"), "cannot start: server: ImagePullBackOff: "),
        (container("ImagePullBackOff", since=JUST_NOW), ""),
        (container("InvalidImageName", since=JUST_NOW), "cannot start: server: InvalidImageName: "),
        (container("ContainerCreating"), ""),
        (container("CrashLoopBackOff", restartCount=9), ""),
        (server("CrashLoopBackOff", 4, REFUSED), "cannot start: model-server failed 4 times: model.sig: wrong key"),
        (server("CrashLoopBackOff", 3, REFUSED), ""),
        (server("CrashLoopBackOff", 1, FINAL), FINAL_REASON.format("model-server")),
        (server("CrashLoopBackOff", 4, {}), "cannot start: model-server failed 4 times: exit code None"),
        (
            container("CrashLoopBackOff", of="initContainerStatuses", restartCount=4, lastState=REFUSED),
            "cannot start: server failed 4 times: model.sig: wrong key",
        ),
        (container("CrashLoopBackOff", of="initContainerStatuses", restartCount=3, lastState=REFUSED), ""),
        (bringing("fetch-model", state=FINAL), FINAL_REASON.format("fetch-model")),
        (bringing("verify-model", state={"running": {}}, lastState=FINAL), FINAL_REASON.format("verify-model")),
        (bringing("fetch-model", of="containerStatuses", state=FINAL), FINAL_REASON.format("fetch-model")),
        (bringing("fetch-model", state={"terminated": {"exitCode": 3}}), "cannot start: fetch-model: exit code 3"),
        (bringing("fetch-model", state=REFUSED), ""),
        (bringing("migrate", state=FINAL), ""),
    ],
)
def test_what_waiting_cannot_help(status: Mapping[str, Any], reason: str) -> None:
    assert stuck_pod({"status": status}, datetime(2026, 1, 2, tzinfo=UTC)) == reason


def test_pods_of_the_template_before_say_nothing_of_the_present_one() -> None:
    pods = [pod("new", "b", JUST_NOW), pod("old", "a", LONG_AGO), pod("newer", "c", JUST_NOW, deletionTimestamp="x")]
    assert [each["metadata"]["name"] for each in of_newest_revision(pods)] == ["new"]
    assert of_newest_revision([]) == []


class OnePod:
    """A cluster whose only pod has refused its model."""

    def all_like(self, _key: ObjectKey, **_selection: str) -> list[dict[str, Any]]:
        return [{**pod("web-1", "a", JUST_NOW), "status": bringing("fetch-model", state=FINAL)}]


@pytest.mark.parametrize(
    ("status", "is_stuck"),
    [
        ({"observedGeneration": 2, "updatedReplicas": 1}, True),
        ({"observedGeneration": 2, "updatedReplicas": 0}, False),
        ({"observedGeneration": 1, "updatedReplicas": 1}, False),
        ({}, False),
    ],
)
def test_a_wait_goes_on_until_there_is_a_pod_of_what_was_applied(status: Mapping[str, int], is_stuck: bool) -> None:
    metadata = {"namespace": "models", "name": "web", "generation": 2}
    spec = {"selector": {"matchLabels": {"app": "web"}}}
    live = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec, "status": status}
    assert bool(stuck(cast("Resources", OnePod()), live)) is is_stuck


def test_what_keeps_a_pods_surroundings_from_being_made_is_told_with_how_long() -> None:
    events = [event("FailedMount"), event("FailedMount", message="before"), event("BackOff")]
    events += [event("FailedCreatePodSandBox", message="no network"), event("FailedMount", of="web-2")]
    now = datetime(2026, 1, 2, tzinfo=UTC)
    assert list(hindrances("web-1", events, now)) == [
        "FailedMount for 60 s: not there",
        "FailedCreatePodSandBox for 60 s: no network",
    ]
