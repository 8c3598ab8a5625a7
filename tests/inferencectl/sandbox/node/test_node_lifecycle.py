"""A node that is stopped, killed or left behind: the next start makes it whole, and the machine is as it was before."""

import dataclasses
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from inferencectl.sandbox import pki, processes
from inferencectl.sandbox.control_plane import ControlPlane, State
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.local_addresses import LocalAddresses, service_ports
from inferencectl.sandbox.node import daemons
from inferencectl.sandbox.node.forward import forwarder
from inferencectl.sandbox.node.node_directory import NodeDirectory
from inferencectl.sandbox.node.node_processes import NodeProcesses
from inferencectl.sandbox.node.real_node import RealNode
from inferencectl.sandbox.nodes import Nodes
from inferencectl.sandbox.ports import free_ports
from inferencectl.sandbox.toolchain.toolchain import Toolchain
from inferencectl.workspace.errors import SandboxError
from tests.inferencectl.sandbox.node.machine import Machine
from tests.real_node import Live
from tests.waiting import soon

pytestmark = pytest.mark.real_node
ROOT = Path(__file__).parents[4]


def _silent(_message: str) -> None:
    pass


def _within(live: Live) -> dict[str, psutil.Process]:
    """The processes of the node by their names; the newest of each name."""
    names: dict[str, psutil.Process] = {}
    # When a process began is known from where it was found; its name is asked for, and some live but for a moment.
    for process in sorted(live.node.processes.first.children(recursive=True), key=lambda each: each.create_time()):
        with suppress(psutil.NoSuchProcess):
            names[process.name()] = process
    return names


def _answer(url: str) -> bytes:
    """Nothing if there is none."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            return answer.read()
    except OSError:
        return b""


def test_a_running_node_changes_nothing_of_the_machine(live: Live, node_root: Path, machine_before: Machine) -> None:
    live.apply(*live.server("server"))
    live.wait_for_pods("server")
    assert Machine.seen(node_root) == machine_before


@pytest.mark.parametrize("daemon", daemons.command_lines())
def test_a_daemon_that_ends_is_started_again_and_pods_go_on(live: Live, daemon: str) -> None:
    live.apply(live.pod("client"), *live.server("server"))
    live.wait_for_pods("client", "server")
    before = _within(live)[daemon]
    before.kill()
    soon(lambda: _within(live).get(daemon, before) != before, f"{daemon} runs again")
    soon(lambda: live.is_answered("client", "http://server/", "server"), "the pod answers")
    # What the daemon does, it does again.
    live.apply(*live.server("later"))
    live.wait_for_pods("later")
    soon(lambda: live.is_answered("client", "http://later/", "later"), "a new pod answers")
    assert live.get("pod/server")["status"]["containerStatuses"][0]["restartCount"] == 0


@pytest.mark.parametrize("what", ["node", "node-bridge", "node-volumes"])
def test_a_node_that_was_killed_is_made_again_with_its_pods(live: Live, what: str) -> None:
    live.apply(live.pod("client"), *live.server("server"))
    live.wait_for_pods("client", "server")
    control_plane = {name: number for name, number in live.plane.status().processes.items() if "node" not in name}
    psutil.Process(live.plane.status().processes[what]).kill()
    soon(lambda: live.plane.status().state is State.DEGRADED, "the loss is seen")
    live.plane.start(_silent)
    assert live.plane.status().state is State.RUNNING
    assert control_plane.items() <= live.plane.status().processes.items()
    live.wait_for_pods("client", "server")
    soon(lambda: live.is_answered("client", "http://server/", "server"), "the pods answer again")


def test_ports_of_the_machine_lead_to_services_and_stay_the_same(live: Live) -> None:
    live.apply(*live.server("server"))
    live.wait_for_pods("server")
    (port,) = service_ports(live.kubectl, live.namespace)
    local = LocalAddresses(directory=live.kubectl.kubeconfig.parent)
    addresses = local.ensure(forwarder(live.node.processes.first.pid), [port])
    url = f"http://{addresses[port.key]}/"
    soon(lambda: _answer(url) == b"server", "the port answers")
    assert local.ensure(forwarder(live.node.processes.first.pid), [port]) == addresses == local.known()
    # Made anew with the node, at the same port.
    psutil.Process(live.plane.status().processes["node"]).kill()
    soon(lambda: not local.known(), "the ports end with the node")
    live.plane.start(_silent)
    assert local.ensure(forwarder(live.node.processes.first.pid), [port]) == addresses
    soon(lambda: _answer(url) == b"server", "the port answers again")


def test_a_second_sandbox_whose_start_was_killed_is_repaired_and_leaves_the_machine_as_it_was(
    live: Live, real_nodes: Nodes, node_root: Path, tools: Toolchain, tmp_path: Path
) -> None:
    name = NodeDirectory(sandbox=tmp_path / "second").cgroup_name
    before = Machine.seen(node_root, name)
    first = live.plane.status()
    script = "import sys, pathlib; from inferencectl.sandbox.toolchain import toolchain"
    script += "; from inferencectl.sandbox.control_plane import ControlPlane"
    script += "; from inferencectl.sandbox.nodes import with_real_node; path = pathlib.Path(sys.argv[1])"
    script += "; ControlPlane(path, toolchain.ensure(print), nodes=with_real_node(path, print)).start(print)"
    command = [sys.executable, "-u", "-c", script, str(tmp_path / "second")]
    plane = ControlPlane(tmp_path / "second", tools, nodes=real_nodes)
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as starter:
            # The node runs then, but it has no images and no pods.
            assert starter.stdout is not None
            assert any(line.startswith("loading the image") for line in starter.stdout)
            starter.kill()
        left = {name: number for name, number in plane.status().processes.items() if name.startswith("node")}
        assert left.keys() == {"node", "node-bridge", "node-volumes"}
        assert plane.status().state is State.DEGRADED
        assert Machine.seen(node_root, name) != before
        plane.start(_silent)
        assert plane.status().state is State.RUNNING
        assert not {*left.values()} & {*plane.status().processes.values()}
        assert live.plane.status() == first
        for each in (plane, live.plane):
            node = each.real_node
            assert node is not None
            assert "Debian" in subprocess.check_output(node.processes.command("cat", "/etc/os-release"), text=True)
    finally:
        plane.delete(_silent)
    assert processes.running(tmp_path / "second") == ()
    assert Machine.seen(node_root, name) == before
    assert live.plane.status() == first


@pytest.mark.slow("fifty starts and ends")
def test_nothing_stays_of_nodes_that_are_started_and_ended_again_and_again(
    real_nodes: Nodes, node_root: Path, tmp_path: Path
) -> None:
    assert real_nodes.real is not None
    directory = NodeDirectory(sandbox=tmp_path)
    certificates = pki.ensure(tmp_path / "pki")
    (api_port,) = free_ports(1)
    before = Machine.seen(node_root, directory.cgroup_name)
    node = NodeProcesses(directory, real_nodes.real)
    for _ in range(50):
        node.start(api_port, certificates)
        assert node.are_running()
        node.end()
        assert not node.are_running()
    assert Machine.seen(node_root, directory.cgroup_name) == before
    assert not directory.cgroups.exists()
    assert not directory.configuration.exists()


def test_a_node_that_cannot_start_says_why_and_leaves_nothing(
    real_nodes: Nodes, node_root: Path, tmp_path: Path
) -> None:
    assert real_nodes.real is not None
    directory = NodeDirectory(sandbox=tmp_path)
    broken = dataclasses.replace(real_nodes.real, root=tmp_path / "not-there")
    before = Machine.seen(node_root, directory.cgroup_name)
    node = RealNode(directory, broken, Kubectl(executable=Path("/not/used"), kubeconfig=tmp_path / "kubeconfig"))
    with pytest.raises(SandboxError, match=r"node exited while starting:(.|\n)*mount"):
        node.start(1, pki.ensure(tmp_path / "pki"), _silent)
    assert processes.running(tmp_path) == ()
    assert Machine.seen(node_root, directory.cgroup_name) == before
