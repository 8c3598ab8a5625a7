"""Faults of the live stack under load: how long clients feel them, and which they do not feel at all.

Two pods serve the model, so that one is left. The load is that of the tests of changes.
"""

import os
import signal
import time

import pytest

from inferencectl.sandbox.live import store_pod
from inferencectl.sandbox.node.addresses import NODE
from inferencectl.workspace.errors import SandboxError
from tests.live.live_model import SELECTOR
from tests.live.under_load import (
    UnderLoad,
    assert_nothing_lost,
    lost_seconds,
    restarts,
    soon_after,
)

pytestmark = pytest.mark.slow("pods are broken and replaced under load")

KILLED_SECONDS = 5.0
"""How long clients notice that one of the servers was killed: until the Service no longer leads to its pod."""

FROZEN_SECONDS = 20.0
"""The same for a server that hangs: two readiness probes of five seconds, five seconds apart, and some for the rest."""

API_SERVER_AWAY_SECONDS = 30
HOG = "import time; hog = bytearray(1 << 30); time.sleep(60)"


def test_a_server_that_is_killed_is_felt_for_seconds(stage: UnderLoad) -> None:
    victim = stage.ready()[0]
    with stage.counted() as window:
        killed = time.time()
        stage.server_of(victim).kill()
        stage.settle()
    assert lost_seconds(stage, window, killed) <= KILLED_SECONDS
    assert window.report.longest_gap < 2.0, "the other pod answers all the time"


def test_a_server_that_runs_out_of_memory_is_felt_for_seconds(stage: UnderLoad) -> None:
    victim = stage.ready()[0]
    name, before = victim["metadata"]["name"], restarts(victim)
    # Of the container's processes, the kernel kills the server and not the one that takes the memory.
    server = stage.server_of(victim)
    with open(f"/proc/{server.pid}/oom_score_adj", "w") as score:  # noqa: PTH123 - a file of the kernel
        score.write("1000")
    with stage.counted() as window:
        killed = time.time()
        with pytest.raises(SandboxError):
            stage.in_namespace("exec", name, "--", "python3", "-c", HOG)
        soon_after(lambda: any(restarts(pod) > before for pod in stage.pods()), "the server is started again")
        stage.settle()
    (again,) = (pod for pod in stage.pods() if pod["metadata"]["name"] == name)
    (status,) = again["status"]["containerStatuses"]
    assert status["lastState"]["terminated"]["exitCode"] == 128 + signal.SIGKILL
    assert lost_seconds(stage, window, killed) <= KILLED_SECONDS
    assert window.report.longest_gap < 2.0


def test_a_server_that_hangs_is_felt_until_its_probes_fail(stage: UnderLoad) -> None:
    server = stage.server_of(stage.ready()[0])
    with stage.counted() as window:
        frozen = time.time()
        server.suspend()
        try:
            soon_after(lambda: len(stage.ready()) == 1, "the pod gets no more requests")
            # Whoever has a connection to it must find out.
            time.sleep(FROZEN_SECONDS / 4)
        finally:
            server.resume()
        stage.settle()
    assert window.report.lost > 0, "no request reached the server that hung"
    assert lost_seconds(stage, window, frozen) <= FROZEN_SECONDS
    assert window.report.longest_gap < 2.0, "the other pod answers all the time"


def test_a_node_that_is_drained_keeps_a_server_and_loses_nothing(stage: UnderLoad) -> None:
    """The only node: the pod that is evicted has no other place, so the budget keeps the last one."""
    with stage.counted() as window:
        try:
            with pytest.raises(SandboxError, match="disruption budget"):
                stage.kubectl("drain", NODE, f"--pod-selector={SELECTOR}", "--delete-emptydir-data", "--timeout=15s")
            assert len(stage.ready()) == 1
        finally:
            stage.kubectl("uncordon", NODE)
        stage.settle()
    assert_nothing_lost(window)


def test_a_store_that_is_away_delays_a_start_and_loses_nothing(stage: UnderLoad) -> None:
    store = ("--namespace", store_pod.NAMESPACE, f"deployment/{store_pod.NAME}")
    with stage.counted() as window:
        stage.kubectl("scale", *store, "--replicas=0")
        try:
            victim = stage.ready()[0]["metadata"]["name"]
            stage.in_namespace("delete", "pod", victim, "--wait=false")
            soon_after(lambda: len(stage.pods()) == 2 and len(stage.ready()) == 1, "the new pod waits for its files")
            time.sleep(5)
            assert len(stage.ready()) == 1
        finally:
            stage.kubectl("scale", *store, "--replicas=1")
        stage.settle()
    assert_nothing_lost(window)


def test_an_api_server_that_is_away_is_not_felt(stage: UnderLoad) -> None:
    api_server = stage.component("kube-apiserver")
    with stage.counted() as window:
        os.kill(api_server.pid, signal.SIGSTOP)
        try:
            time.sleep(API_SERVER_AWAY_SECONDS)
        finally:
            os.kill(api_server.pid, signal.SIGCONT)
        soon_after(lambda: len(stage.ready()) == 2, "the API server answers again")
    assert_nothing_lost(window)
    assert window.report.sent >= 2 * 20 * API_SERVER_AWAY_SECONDS
