"""One sandbox through the command line, from the first `up` to `down`, with everything on the way that can go wrong.

The tests run in this order on one sandbox; each leaves it as the stack file says.
"""

import json
import os
import random
import signal
import time
from collections.abc import Iterator, Mapping
from typing import Any

import psutil
import pytest
from kubernetes import config

from inferencectl.sandbox.toolchain.toolchain import Toolchain
from inferencectl.workspace.errors import FAILED
from tests.inferencectl.checkout import STACK, Checkout, Finished, finish, model, removed, tiny, until
from tests.inferencectl.rest import Rest

pytestmark = pytest.mark.early

COMPONENTS = {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"}
INTERRUPTED = 130
# Where `up` is killed: after a line with this text, and at random up to so many seconds later.
KILLED_AFTER = (
    ("checking", 0.8),
    ("starting the control plane", 0.8),
    ("starting the control plane", 0.8),
    ("applying nodes", 0.8),
    ("create Namespace", 0.1),
    ("create ", 0.1),
    ("create ", 0.1),
)
LISTS = {
    "Service": "/api/v1/{}/services",
    "ConfigMap": "/api/v1/{}/configmaps",
    "ServiceAccount": "/api/v1/{}/serviceaccounts",
    "Deployment": "/apis/apps/v1/{}/deployments",
    "DaemonSet": "/apis/apps/v1/{}/daemonsets",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/{}/networkpolicies",
    "PodDisruptionBudget": "/apis/policy/v1/{}/poddisruptionbudgets",
    "HorizontalPodAutoscaler": "/apis/autoscaling/v2/{}/horizontalpodautoscalers",
}


@pytest.fixture(scope="module")
def checkout(tools: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    with removed(Checkout.copied_to(tmp_path_factory.mktemp("lifecycle"))) as made:
        yield made


@pytest.fixture(scope="module")
def deployed(checkout: Checkout) -> Checkout:
    finished = checkout.on_stack("up")
    assert finished.code == 0, finished.err
    return checkout


def result(finished: Finished) -> Any:
    """What a command with --json says; it must be all that is on standard output."""
    assert finished.is_plain, finished.err
    return json.loads(finished.out)


def objects(kubeconfig: str) -> set[tuple[str, str]]:
    """Kind and name of everything in the stack's namespace that somebody deployed there."""
    with config.new_client_from_config(kubeconfig) as api:
        rest = Rest(api)
        return {
            (kind, name)
            for kind, path in LISTS.items()
            for name, item in rest.items(path.format("namespaces/models-tiny")).items()
            if item["metadata"].get("labels", {}).get("app.kubernetes.io/managed-by") == "pulumi"
        }


def assert_converged(checkout: Checkout) -> None:
    """All that the stack says is there and ready, nothing else, and one whole control plane."""
    again = result(checkout.on_stack("up", "--json"))
    changes = again["outcome"]["changes"]
    assert {change["action"] for change in changes} == {"unchanged"}
    assert {(item["ready"], item["wanted"]) for item in again["access"]["workloads"]} == {(1, 1)}
    assert checkout.components().keys() == COMPONENTS
    wanted = {(change["kind"], change["name"]) for change in changes if change["kind"] in LISTS}
    assert {kind for kind, _ in wanted} == LISTS.keys()
    assert objects(again["access"]["cluster"]["kubeconfig"]) == wanted


def edit(checkout: Checkout, *models: Mapping[str, Any]) -> None:
    checkout.write(STACK, tiny(*models))


def kill_api_server(checkout: Checkout) -> None:
    server = checkout.components()["kube-apiserver"]
    server.kill()
    psutil.wait_procs([server], timeout=10)


def test_status_before_the_first_up_says_how_to_start_and_makes_nothing(checkout: Checkout) -> None:
    reported, listed = checkout.on_stack("status"), checkout.on_stack("status", "--json")
    assert (reported.code, listed.code) == (FAILED, FAILED)
    assert reported.is_plain, reported.err
    assert f"absent; start it with: make up STACK={STACK}" in reported.out
    assert result(listed)["status"]["state"] == "absent"
    assert not checkout.sandboxes.exists()


@pytest.mark.parametrize("text", ["running the program", "starting the control plane"])
def test_an_interruption_ends_everything_without_a_traceback(checkout: Checkout, text: str) -> None:
    process = checkout.start("up", "--stack", STACK)
    until(process, text)
    # As the terminal does: the whole process group.
    os.killpg(process.pid, signal.SIGINT)
    finished = finish(process)
    assert finished.code == INTERRUPTED
    assert finished.is_plain, finished.err
    assert "interrupted; the next run continues from here" in finished.err
    assert checkout.components() == {}


def test_nothing_is_deleted_below_a_deployment_that_starts(checkout: Checkout) -> None:
    process = checkout.start("up", "--stack", STACK)
    until(process, "starting the control plane")
    down = checkout.on_stack("down")
    assert down.code == FAILED
    assert down.is_plain, down.err
    assert f"another deployment of this stack is running (process {process.pid})" in down.err
    assert finish(process).code == 0
    assert_converged(checkout)
    assert checkout.on_stack("down").code == 0


@pytest.mark.slow("kills one deployment after another, at many moments")
def test_up_killed_at_any_moment_is_finished_by_the_next(checkout: Checkout) -> None:
    chance = random.Random(11)  # noqa: S311 - moments, not secrets
    for number, (text, latest_seconds) in enumerate(KILLED_AFTER):
        # Each deployment has something to create, and something of the one before to delete.
        edit(checkout, model(), model(f"other-{number}"))
        process = checkout.start("up", "--stack", STACK)
        until(process, text)
        time.sleep(chance.uniform(0, latest_seconds))
        process.kill()
        assert finish(process).code == -signal.SIGKILL, f"ended before it was killed after {text!r}"
    edit(checkout, model())
    finished = checkout.on_stack("up")
    assert finished.code == 0, finished.err
    assert finished.is_plain, finished.err
    assert_converged(checkout)


def test_up_again_changes_nothing_and_says_where_everything_is(deployed: Checkout) -> None:
    reported, listed = deployed.on_stack("up"), deployed.on_stack("up", "--json")
    assert (reported.code, listed.code) == (0, 0)
    assert reported.is_plain, reported.err
    for fragment in ("no changes: ", "Deployment iris-v1", "1/1", "iris: http://iris.models-tiny.svc", "kubectl"):
        assert fragment in reported.out
    outcome = result(listed)
    assert {change["action"] for change in outcome["outcome"]["changes"]} == {"unchanged"}
    assert outcome["access"]["addresses"].keys() == {"iris"}
    assert "· running the program" in listed.err


def test_status_says_what_runs(deployed: Checkout) -> None:
    reported, listed = deployed.on_stack("status"), deployed.on_stack("status", "--json")
    assert (reported.code, listed.code) == (0, 0)
    assert reported.is_plain, reported.err
    assert "Deployment iris-v1" in reported.out
    found = result(listed)
    assert found["status"]["state"] == "running"
    assert found["status"]["processes"].keys() == COMPONENTS
    assert found["access"]["workloads"] == [{"kind": "Deployment", "name": "iris-v1", "ready": 1, "wanted": 1}]


def test_preview_after_an_edit_shows_just_that_change_and_makes_none(deployed: Checkout) -> None:
    edit(deployed, model(scaling={"minReplicas": 1, "maxReplicas": 2}))
    reported, listed = deployed.on_stack("preview"), deployed.on_stack("preview", "--json")
    edit(deployed, model())
    assert (reported.code, listed.code) == (0, 0)
    assert reported.is_plain, reported.err
    assert "update HorizontalPodAutoscaler models-tiny/iris-v1" in reported.out
    assert "spec.maxReplicas: 3 → 2" in reported.out
    # The second preview still shows it: the first has made no change.
    (change,) = [change for change in result(listed)["plan"]["changes"] if change["action"] != "unchanged"]
    assert change["fields"] == [{"path": "spec.maxReplicas", "before": 3, "after": 2}]


def test_two_at_once_do_not_disturb_each_other(deployed: Checkout) -> None:
    edit(deployed, model(), model("second"))
    both = [deployed.start("up", "--stack", STACK) for _ in range(2)]
    ends = sorted([finish(process) for process in both], key=lambda finished: finished.code)
    assert ends[0].code == 0, ends[0].err
    # The second waits where it can; where it cannot it names the first.
    second = ends[1]
    assert second.is_plain, second.err
    if second.code:
        assert second.code == FAILED
        assert f"another deployment of this stack is running (process {_other(both, second)})" in second.err
    assert_converged(deployed)


def _other(both: list[Any], second: Finished) -> int:
    (pid,) = (process.pid for process in both if process.returncode != second.code)
    return pid


def test_a_killed_api_server_is_reported_and_repaired(deployed: Checkout) -> None:
    kill_api_server(deployed)
    reported = deployed.on_stack("status")
    assert reported.code == FAILED
    assert reported.is_plain, reported.err
    assert "degraded; start it with" in reported.out
    assert_converged(deployed)


def test_an_api_server_lost_in_a_deployment_is_one_error_and_the_next_run_goes_on(deployed: Checkout) -> None:
    edit(deployed, model("third"))
    process = deployed.start("up", "--stack", STACK)
    until(process, "create ")
    kill_api_server(deployed)
    finished = finish(process)
    assert (finished.code, finished.out) == (FAILED, "")
    assert finished.is_plain, finished.err
    assert finished.err.count("error:") == 1
    assert "no usable response from the API server" in finished.err
    assert deployed.on_stack("up").code == 0
    assert_converged(deployed)


def test_down_leaves_nothing_and_may_be_repeated(deployed: Checkout) -> None:
    assert deployed.components().keys() == COMPONENTS
    for said in (f"deleted the sandbox of {STACK}\n", f"there is no sandbox of {STACK}\n"):
        finished = deployed.on_stack("down")
        assert (finished.code, finished.out) == (0, said), finished.err
        assert finished.is_plain, finished.err
        assert deployed.components() == {}
        assert not deployed.project.sandbox_directory(STACK).exists()
    assert deployed.on_stack("status").code == FAILED
