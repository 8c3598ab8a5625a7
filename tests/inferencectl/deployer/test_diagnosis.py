"""Which pods waiting cannot help."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from inferencectl.deployer.diagnosis import stuck_pod

LONG_AGO = "2026-01-01T00:00:00Z"
JUST_NOW = "2026-01-02T00:00:00Z"
REFUSED = {"terminated": {"exitCode": 1, "message": "model.sig: wrong key"}}


def unschedulable(since: str, status: str = "False") -> dict[str, Any]:
    condition = {"type": "PodScheduled", "status": status, "reason": "Unschedulable", "message": "0/3 nodes"}
    return {"conditions": [{**condition, "lastTransitionTime": since}]}


def container(reason: str, *, of: str = "containerStatuses", since: str = LONG_AGO, **more: object) -> dict[str, Any]:
    return {"startTime": since, of: [{"name": "server", "state": {"waiting": {"reason": reason}}, **more}]}


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
        (
            container("CrashLoopBackOff", of="initContainerStatuses", restartCount=4, lastState=REFUSED),
            "cannot start: server failed 4 times: model.sig: wrong key",
        ),
        (container("CrashLoopBackOff", of="initContainerStatuses", restartCount=3, lastState=REFUSED), ""),
    ],
)
def test_what_waiting_cannot_help(status: Mapping[str, Any], reason: str) -> None:
    assert stuck_pod({"status": status}, datetime(2026, 1, 2, tzinfo=UTC)) == reason
