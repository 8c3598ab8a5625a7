"""`CLUSTER=current`: the live stack in a cluster that is there, from the images to the last trace of it.

The cluster is a second sandbox with a real node, and `kind` is a stand-in: see current_cluster.py.
"""

import json
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from inferencectl.live_stack import NAMESPACES
from inferencectl.sandbox import processes
from inferencectl.sandbox.control_plane import ControlPlane
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.nodes import Nodes
from inferencectl.sandbox.toolchain.toolchain import Toolchain
from inferencectl.stack_nodes import LIVE
from tests.inferencectl.checkout import Checkout, Finished, removed
from tests.live.current_cluster import CONTEXT, NAME, CurrentCluster, made_current
from tests.live_stack import FIRST_UP_SECONDS, live_checkout

pytestmark = pytest.mark.slow("a control plane and a node are started, and images of 2 GB are loaded")


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """The live stack in the current cluster; `first` is what the first `up` left."""

    cluster: CurrentCluster
    checkout: Checkout
    first: Finished

    def run(self, command: str, *arguments: str) -> Finished:
        return self.checkout.run(command, "--stack", LIVE, *arguments, limit_seconds=FIRST_UP_SECONDS)


def silent(_message: str) -> None:
    """Progress that nobody watches."""


@pytest.fixture(scope="module")
def current(real_nodes: Nodes, tools: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CurrentCluster]:
    directory = tmp_path_factory.mktemp("current")
    plane = ControlPlane(directory / "second", tools, nodes=real_nodes)
    with plane.disposable(silent) as cluster:
        kubectl = Kubectl(executable=tools.kubectl, kubeconfig=cluster.kubeconfig)
        yield made_current(plane, kubectl, directory / "user")


@pytest.fixture(scope="module")
def deployed(
    current: CurrentCluster, training_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    checkout = live_checkout(tmp_path_factory.mktemp("current-live"), training_python, current.variables)
    with removed(checkout, LIVE):
        first = checkout.run("up", "--stack", LIVE, "--cluster", "current", limit_seconds=FIRST_UP_SECONDS)
        assert first.code == 0, first.err
        yield Deployed(cluster=current, checkout=checkout, first=first)


def test_the_current_context_gets_the_stack_and_the_printed_command_answers(deployed: Deployed) -> None:
    (line,) = (line for line in deployed.first.out.splitlines() if line.startswith("ask it for a digit: "))
    done = subprocess.run(shlex.split(line.partition(": ")[2]), capture_output=True, text=True, check=True)
    assert [each["data"] for each in json.loads(done.stdout)["outputs"]] == [[7]]
    stack = yaml.safe_load(deployed.checkout.project.stack_file(LIVE).read_text(encoding="utf-8"))
    assert stack["config"]["inference:platform"]["cluster"] == {"context": CONTEXT}
    assert deployed.cluster.asked
    assert all(each.endswith(f"--name {NAME}") for each in deployed.cluster.asked)
    # Nothing of a sandbox was started beside it.
    running = processes.running(deployed.checkout.project.cluster_directory(LIVE))
    assert {component.name for component in running} == {"local-addresses", "model-store"}


def test_what_it_serves_is_what_was_published_over_both_protocols(deployed: Deployed) -> None:
    done = deployed.run("verify", "--json")
    assert done.code == 0, done.out + done.err
    checks = json.loads(done.out)["checks"]
    assert {check["address"].partition("://")[0] for check in checks} == {"http", "grpc"}
    assert {check["result"] for check in checks if check["name"] == "prediction"} <= {"passed", "not checked"}


def test_a_second_up_finds_the_cluster_again_and_loads_and_changes_nothing(deployed: Deployed) -> None:
    before = deployed.cluster.asked
    again = deployed.run("up")
    assert again.code == 0, again.err
    assert "no changes" in again.out
    assert deployed.cluster.asked == before
    refused = deployed.run("up", "--cluster", "kind-other")
    assert (refused.code, refused.is_plain) == (2, True)
    assert f"the stack live is on the cluster of {CONTEXT}, and CLUSTER= asks for that of kind-other" in refused.err


def test_down_leaves_the_cluster_as_it_was(current: CurrentCluster, deployed: Deployed) -> None:
    there = current.objects()
    assert {f"namespace/{name}" for name in NAMESPACES} <= there
    done = deployed.run("down")
    assert done.code == 0, done.err
    assert current.objects() == current.before
    project = deployed.checkout.project
    assert not project.stack_file(LIVE).exists()
    assert not project.cluster_directory(LIVE).exists()
    assert not deployed.checkout.processes()


def test_a_namespace_of_somebody_else_is_not_touched(current: CurrentCluster, deployed: Deployed) -> None:
    current.kubectl.run("create", "namespace", NAMESPACES[0])
    try:
        there = current.objects()
        refused = deployed.run("up", "--cluster", CONTEXT)
        assert (refused.code, refused.is_plain) == (2, True)
        assert f"the cluster of {CONTEXT} has a namespace {NAMESPACES[0]} already" in refused.err
        assert current.objects() == there
        assert not deployed.checkout.project.cluster_directory(LIVE).exists()
    finally:
        current.kubectl.run("delete", "namespace", NAMESPACES[0])
