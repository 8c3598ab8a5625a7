"""When a node counts as ready: not by what was said of the node before it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.node import node_objects
from inferencectl.sandbox.node.node_objects import NodeObjects
from inferencectl.workspace.errors import SandboxError

STARTED = datetime(2026, 11, 28, 12, 0, 0, 900_000, tzinfo=UTC)
BEFORE, SAME_SECOND, AFTER = "2026-11-28T11:59:59Z", "2026-11-28T12:00:00Z", "2026-11-28T12:00:07Z"
Answer = Callable[[str, str, str], NodeObjects]


@pytest.fixture
def answered(tmp_path: Path) -> Answer:
    """A cluster in which the node was last heard of at one time, and the container of its pod started at another."""

    def make(ready: str, heard: str, pod_started: str) -> NodeObjects:
        condition = {"type": "Ready", "status": ready, "lastHeartbeatTime": heard}
        container = {"state": {"running": {"startedAt": pod_started}}}
        waiting = {"state": {"waiting": {}}}
        pod = {"metadata": {"name": "pod"}, "status": {"containerStatuses": [container, waiting]}}
        (tmp_path / "node").write_text(json.dumps({"status": {"conditions": [condition]}}))
        (tmp_path / "pods").write_text(json.dumps({"items": [pod, {"metadata": {"name": "new"}, "status": {}}]}))
        script = tmp_path / "kubectl"
        cases = "".join(
            f"*{asked}*) cat {tmp_path}/{name};; " for asked, name in (("node/real", "node"), ("pods", "pods"))
        )
        script.write_text(f'#!/bin/sh\ncase "$*" in {cases}esac\n')
        script.chmod(0o755)
        (tmp_path / "logs").mkdir(exist_ok=True)
        (tmp_path / "logs" / "kubelet.log").write_text("the last words\n")
        return NodeObjects(kubectl=Kubectl(executable=script, kubeconfig=tmp_path / "kubeconfig"))

    return make


@pytest.mark.parametrize(
    ("ready", "heard", "is_ready"),
    [("True", BEFORE, False), ("True", SAME_SECOND, True), ("True", AFTER, True), ("False", AFTER, False)],
)
def test_only_what_the_new_node_says_counts(answered: Answer, ready: str, heard: str, *, is_ready: bool) -> None:
    assert answered(ready, heard, AFTER).is_node_ready(STARTED) is is_ready


def test_without_a_moment_the_last_word_counts(answered: Answer) -> None:
    assert answered("True", BEFORE, AFTER).is_node_ready()


def test_a_cluster_that_does_not_answer_has_no_ready_node(tmp_path: Path) -> None:
    failing = Kubectl(executable=Path("/bin/false"), kubeconfig=tmp_path / "kubeconfig")
    assert not NodeObjects(kubectl=failing).is_node_ready()


def test_a_pod_of_the_node_before_is_waited_for(answered: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    answered("True", AFTER, AFTER).wait_until_ready(STARTED)
    monkeypatch.setattr(node_objects, "READY_SECONDS", 0)
    for stale in (answered("True", AFTER, BEFORE), answered("True", BEFORE, AFTER)):
        with pytest.raises(SandboxError, match="the kubelet says:\nthe last words"):
            stale.wait_until_ready(STARTED)
