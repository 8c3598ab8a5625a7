"""Starting, crashing, starting again: a sandbox keeps its data, repairs itself and touches nothing of others."""

import dataclasses
import os
import shutil
import socket
import subprocess
import sys
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from kubernetes import client, config

from inferencectl.sandbox import component_commands, processes
from inferencectl.sandbox.control_plane import Cluster, ControlPlane, State
from inferencectl.sandbox.toolchain.toolchain import Toolchain
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

Eventually = Callable[[Callable[[], object]], object]
# The client's models are generated without usable types.
Untyped = Any
COMPONENTS = {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"}


pytestmark = pytest.mark.early


def _silent(_message: str) -> None:
    pass


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lifecycle") / "sandbox"


@pytest.fixture(scope="module")
def plane(directory: Path, tools: Toolchain) -> Iterator[ControlPlane]:
    """A control plane that tests may break; each starts it first, which repairs what the one before has broken."""
    plane = ControlPlane(directory, tools)
    yield plane
    plane.delete(_silent)


def _core(cluster: Cluster) -> Untyped:
    return client.CoreV1Api(config.new_client_from_config(str(cluster.kubeconfig)))


def _remember(cluster: Cluster, name: str) -> None:
    _core(cluster).create_namespaced_config_map("default", {"metadata": {"name": name}})


def _remembers(cluster: Cluster, name: str) -> bool:
    names = {item.metadata.name for item in _core(cluster).list_namespaced_config_map("default").items}
    return name in names


def _kill(plane: ControlPlane, names: Sequence[str]) -> None:
    killed = [psutil.Process(plane.status().processes[name]) for name in names]
    for process in killed:
        process.kill()
    psutil.wait_procs(killed, timeout=10)


def test_a_running_control_plane_is_left_alone(plane: ControlPlane) -> None:
    cluster = plane.start(_silent)
    before = plane.status()
    messages: list[str] = []
    assert plane.start(messages.append) == cluster
    assert plane.status() == before
    assert (before.state, before.processes.keys()) == (State.RUNNING, COMPONENTS)
    assert messages == []


def test_what_kill_9_ended_runs_again_with_its_data(plane: ControlPlane, eventually: Eventually) -> None:
    cluster = plane.start(_silent)
    _remember(cluster, "before-the-crash")
    _kill(plane, ("kube-apiserver", "etcd", "kwok"))
    assert plane.status().state is State.DEGRADED
    again = plane.start(_silent)
    assert again == cluster
    assert plane.status().processes.keys() == COMPONENTS
    assert _remembers(again, "before-the-crash")
    # Pods start soon after a crash too: nothing may wait for a lease of the processes before to run out.
    core = _core(again)
    pod = {"containers": [{"name": "main", "image": "image.example/main"}]}
    core.create_namespaced_pod("default", {"metadata": {"name": "demo"}, "spec": pod})
    eventually(lambda: core.read_namespaced_pod("demo", "default").status.phase == "Running")


def test_a_start_killed_half_way_is_cleaned_up_by_the_next(plane: ControlPlane, directory: Path) -> None:
    plane.stop(_silent)
    script = "import sys, pathlib; from inferencectl.sandbox.toolchain import toolchain"
    script += "; from inferencectl.sandbox.control_plane import ControlPlane"
    script += "; ControlPlane(pathlib.Path(sys.argv[1]), toolchain.ensure(print)).start(print)"
    command = [sys.executable, "-u", "-c", script, str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        # Everything runs then, but nodes and definitions are not there yet.
        assert starter.stdout is not None
        assert any(line.startswith("applying") for line in starter.stdout)
        starter.kill()
    orphans = set(plane.status().processes.values())
    assert plane.status().state is State.DEGRADED
    plane.start(_silent)
    assert plane.status().state is State.RUNNING
    assert len(processes.running(directory)) == len(COMPONENTS)
    assert not orphans & set(plane.status().processes.values())


def test_another_audit_policy_needs_another_start(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy.yaml"
    shutil.copy(component_commands.AUDIT_POLICY, policy)
    monkeypatch.setattr(component_commands, "AUDIT_POLICY", policy)
    plane.start(_silent)
    assert plane.status().state is State.RUNNING
    policy.write_text(policy.read_text() + "  - level: None\n")
    assert plane.status().state is State.DEGRADED


def test_two_starts_at_once_make_one_control_plane(plane: ControlPlane, directory: Path, tools: Toolchain) -> None:
    plane.stop(_silent)
    assert plane.status().state is not State.RUNNING
    planes = [ControlPlane(directory, tools) for _ in range(2)]
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(lambda each: each.start(_silent), planes)
    assert first == second
    assert len(processes.running(directory)) == len(COMPONENTS)


def test_a_saved_port_that_was_taken_meanwhile_is_replaced_and_the_data_are_kept(plane: ControlPlane) -> None:
    before = plane.start(_silent)
    _remember(before, "before-the-new-port")
    plane.stop(_silent)
    assert plane.status().state is State.STOPPED
    with _listener(urllib.parse.urlsplit(before.server).port or 0):
        after = plane.start(_silent)
        assert after.server != before.server
        assert _remembers(after, "before-the-new-port")


def test_sandboxes_in_two_directories_do_not_see_each_other(plane: ControlPlane, control_plane: Cluster) -> None:
    own = plane.start(_silent)
    _remember(own, "only-here")
    assert not _remembers(control_plane, "only-here")


def test_every_context_asked_for_means_the_sandbox(plane: ControlPlane, directory: Path, tools: Toolchain) -> None:
    plane.start(_silent)
    before = plane.status().processes
    kubeconfig = ControlPlane(directory, tools, ["dev", "dev"]).start(_silent).kubeconfig
    contexts = yaml.safe_load(kubeconfig.read_text())["contexts"]
    assert [context["name"] for context in contexts] == ["sandbox", "dev"]
    assert len({context["context"]["cluster"] for context in contexts}) == 1
    assert plane.status().processes == before


def test_a_deleted_sandbox_is_gone_and_deleting_it_again_is_no_error(plane: ControlPlane, directory: Path) -> None:
    plane.start(_silent)
    plane.delete(_silent)
    assert plane.status().state is State.ABSENT
    assert not directory.exists()
    assert not processes.running(directory)
    plane.delete(_silent)


def test_a_component_that_ends_while_starting_is_reported_with_its_log(tools: Toolchain, tmp_path: Path) -> None:
    broken = tmp_path / "kube-apiserver"
    broken.write_text("#!/bin/sh\necho the flag --demo is broken\nexit 1\n")
    broken.chmod(0o700)
    plane = ControlPlane(tmp_path / "sandbox", dataclasses.replace(tools, kube_apiserver=broken))
    with pytest.raises(SandboxError, match="kube-apiserver exited while starting:\nthe flag --demo is broken"):
        plane.start(_silent)
    assert plane.status().processes == {}


def test_a_wanted_port_that_is_taken_is_an_error_that_names_its_owner(tools: Toolchain, tmp_path: Path) -> None:
    with _listener(0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SandboxError, match=rf"port {port} .* process {os.getpid()} ") as error:
            ControlPlane(tmp_path / "sandbox", tools, port=port).start(_silent)
    assert error.value.exit_code == BAD_INPUT


@pytest.mark.parametrize("action", ["start", "delete"])
def test_a_directory_with_other_files_is_refused_and_left_as_it_is(
    tools: Toolchain, tmp_path: Path, action: str
) -> None:
    precious = tmp_path / "thesis.txt"
    precious.write_text("text")
    with pytest.raises(SandboxError, match="do not belong to a sandbox") as error:
        getattr(ControlPlane(tmp_path, tools), action)(_silent)
    assert error.value.exit_code == BAD_INPUT
    assert [*tmp_path.iterdir()] == [precious]


def _listener(port: int) -> socket.socket:
    return socket.create_server(("127.0.0.1", port))
