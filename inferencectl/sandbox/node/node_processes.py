"""The processes of one node on this machine: made in namespaces and cgroups of their own, entered, and ended."""

import filecmp
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from inferencectl.sandbox import cgroups, processes
from inferencectl.sandbox.launch import wait_for
from inferencectl.sandbox.node import configuration, daemons, init, teardown
from inferencectl.sandbox.node.node_directory import CGROUP_PREFIX, NodeDirectory
from inferencectl.sandbox.node.parts import NodeParts
from inferencectl.sandbox.node.specification import Specification
from inferencectl.sandbox.node.teardown import BRIDGE_COMPONENT, NODE_COMPONENT, VOLUMES_COMPONENT
from inferencectl.sandbox.pki import VOLUMES_CLIENT, Pki
from inferencectl.sandbox.ports import LOOPBACK
from inferencectl.sandbox.processes import Component
from inferencectl.workspace.errors import SandboxError
from inferencectl.workspace.files import write_atomically

ROOT = Path(__file__).parents[3]
UP_SECONDS = 60
POLICY_CHAIN = "KUBE-ROUTER-FORWARD"
POLICY_POLL_SECONDS = 0.3


class NodeProcesses:
    """What runs of the node of the sandbox in `directory`, made of `parts`; nothing is remembered between the calls."""

    def __init__(self, directory: NodeDirectory, parts: NodeParts) -> None:
        self._directory = directory
        self._parts = parts

    def start(self, api_port: int, pki: Pki) -> None:
        """Starts them and returns when containerd listens; the API server at `api_port` need not be there yet.

        Raises SandboxError with the end of the log of what failed.
        """
        directory = self._directory
        for path in (directory.path, directory.configuration, directory.logs, directory.shared):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in self.files(pki).items():
            (directory.configuration / name).parent.mkdir(mode=0o700, exist_ok=True)
            write_atomically(directory.configuration / name, text)
        self._write_pod_network()
        for log in (directory.logs / f"{name}.log" for name in daemons.command_lines()):
            # As for the other components: the log of the run before stays readable beside the new one.
            if log.exists():
                log.replace(log.with_suffix(".log.1"))
        version = self._make_cgroups()
        node = self._spawn(NODE_COMPONENT, "enter", str(directory.specification))
        process = self._wait_until_up(node, version)
        kubeconfig = pki.kubeconfig(VOLUMES_CLIENT, f"https://{LOOPBACK}:{api_port}", (VOLUMES_CLIENT,))
        write_atomically(directory.volumes_kubeconfig, kubeconfig)
        provisioner = (str(process.pid), str(directory.volumes_kubeconfig), str(directory.volumes))
        self._spawn(VOLUMES_COMPONENT, "local_volumes", *provisioner)
        bridge = self._spawn(BRIDGE_COMPONENT, "bridge", str(process.pid), str(directory.bridge_socket), str(api_port))
        socket = Path(f"/proc/{process.pid}/root{daemons.CONTAINERD_SOCKET}")
        sockets = (directory.bridge_socket, socket)
        wait_for(lambda: None if all(each.exists() for each in sockets) else "a socket is missing", (node, bridge))

    def end(self) -> None:
        """Ends them all at once; raises SandboxError if that is not possible."""
        teardown.end(self._directory)

    def are_running(self) -> bool:
        """Whether the node and what belongs to it run; not whether the daemons work."""
        names = {component.name for component in processes.running(self._directory.sandbox)}
        return names >= teardown.COMPONENTS

    def wait_until_policies_hold(self) -> None:
        """Waits until network policies are enforced: before, every packet is let through. Raises SandboxError."""
        command = self.command("iptables", "--wait", "--list-rules", POLICY_CHAIN)
        deadline = time.monotonic() + UP_SECONDS
        while subprocess.run(command, check=False, capture_output=True).returncode != 0:
            if time.monotonic() > deadline:
                log = self._directory.logs / "kube-router.log"
                raise SandboxError(f"network policies are not enforced after {UP_SECONDS} s", f"see {log}")
            time.sleep(POLICY_POLL_SECONDS)

    def files(self, pki: Pki) -> Mapping[str, str]:
        """The configuration of the daemons, by the names of the files."""
        return configuration.files(pki, self._parts.pause.reference)

    def lead_through_proxies(self, plugin: Path) -> None:
        """Leads the traffic of pods that have Istio's proxy, and start from now on, through it.

        `plugin` is Istio's CNI plug-in. It is added as its own installer does it, on a node that runs: containerd
        reads its configuration again when that changes.
        """
        kept = self._directory.mesh_plugin
        if not (kept.exists() and filecmp.cmp(plugin, kept)):
            shutil.copy2(plugin, kept.with_suffix(".new"))
            kept.with_suffix(".new").replace(kept)
        self._write_pod_network()

    def _write_pod_network(self) -> None:
        text = configuration.pod_network(meshed=self._directory.mesh_plugin.exists())
        write_atomically(self._directory.configuration / configuration.POD_NETWORK, text)

    @property
    def programs(self) -> Mapping[str, str]:
        """The directories of programs that the node sees, by their names there."""
        return {name.replace("_", "-"): str(path) for name, path in vars(self._parts.programs).items()}

    def command(self, *arguments: str) -> Sequence[str]:
        """The command of this machine that runs `arguments` within the node, with its files, network and cgroups."""
        path = init.search_path(self.programs)
        return (
            "nsenter",
            f"--target={self.first.pid}",
            "--all",
            "env",
            "--ignore-environment",
            f"PATH={path}",
            *arguments,
        )

    def ctr(self, *arguments: str, standard_input: int = subprocess.DEVNULL) -> str:
        """What containerd's command line prints for `arguments`; raises SandboxError with its error."""
        command = self.command("ctr", "--namespace=k8s.io", *arguments)
        result = subprocess.run(command, check=False, stdin=standard_input, capture_output=True, text=True)
        if result.returncode != 0:
            raise SandboxError(
                f"containerd on the real node failed (ctr {' '.join(arguments)}): {result.stderr.strip()}",
                f"its log is {self._directory.logs / 'containerd.log'}",
            )
        return result.stdout

    @property
    def first(self) -> psutil.Process:
        """The node's first process, as this machine sees it; raises SandboxError if the node does not run."""
        process = self._first()
        if process is None:
            raise SandboxError("the real node does not run", "start the sandbox")
        return process

    def _first(self) -> psutil.Process | None:
        """The only child of `unshare`."""
        for component in processes.running(self._directory.sandbox):
            if component.name == NODE_COMPONENT:
                try:
                    return next(iter(component.process.children()), None)
                except psutil.NoSuchProcess:
                    return None
        return None

    def _make_cgroups(self) -> int:
        """Returns the version of the cgroups."""
        directory, trees = self._directory, cgroups.own_trees()
        cgroups.remove_forgotten(trees, CGROUP_PREFIX)
        wanted = cgroups.directories(trees, directory.cgroup_name)
        # Written first, so that whatever happens now can be undone.
        write_atomically(directory.cgroups, "".join(f"{path}\n" for path in wanted.values()))
        cgroups.create(wanted.values())
        Specification(
            root=str(self._parts.root),
            layers=str(directory.layers),
            state=str(directory.state),
            configuration=str(directory.configuration),
            logs=str(directory.logs),
            shared=str(directory.shared),
            programs=self.programs,
            cgroup_version=trees[0].version,
            cgroups={controllers: str(path) for controllers, path in wanted.items()},
            daemons=daemons.command_lines(),
        ).write(directory.specification)
        return trees[0].version

    def _spawn(self, name: str, module: str, *arguments: str) -> Component:
        command = (sys.executable, "-m", f"inferencectl.sandbox.node.{module}", *arguments)
        return processes.start(name, command, self._directory.sandbox, {"PYTHONPATH": str(ROOT)})

    def _wait_until_up(self, node: Component, cgroup_version: int) -> psutil.Process:
        wait_for(lambda: None if self._first() else "it has no first process", (node,))
        if cgroup_version == 2:
            # Out of the top of the node's tree, which can pass controllers on only when no process is in it.
            for path in map(Path, self._directory.cgroups.read_text().splitlines()):
                (path / "outside").mkdir(exist_ok=True)
                (path / "outside" / "cgroup.procs").write_text(str(node.process.pid))

        def missing() -> str | None:
            first = self._first()
            is_up = first is not None and Path(f"/proc/{first.pid}/root{init.UP}").exists()
            return None if is_up else "its first process has not set it up"

        wait_for(missing, (node,))
        return self.first
