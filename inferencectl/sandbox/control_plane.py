"""One sandbox: a directory, and the control plane that keeps its state there."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import AcquireReturnProxy, FileLock, Timeout

from inferencectl.sandbox import component_commands, launch, pki, processes, saved_state
from inferencectl.sandbox.cluster_contents import ClusterContents
from inferencectl.sandbox.cluster_status import Cluster, State, Status
from inferencectl.sandbox.component_commands import Ports
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.node import teardown
from inferencectl.sandbox.node.node_directory import NodeDirectory
from inferencectl.sandbox.node.real_node import RealNode
from inferencectl.sandbox.nodes import SIMULATED, Nodes
from inferencectl.sandbox.pki import Pki
from inferencectl.sandbox.ports import require_free
from inferencectl.sandbox.saved_state import SavedState
from inferencectl.sandbox.toolchain.toolchain import Toolchain
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.files import write_atomically
from settings.validation.words import shown_path

CONTEXT = "sandbox"
# Longer than a start takes, so that a second command waits for the first one instead of failing.
LOCK_SECONDS = 300
STOP_SECONDS = 10
PORT_ATTEMPTS = 3


class ControlPlane:
    """A control plane whose certificates, data, logs and kubeconfig are all in `directory`.

    The kubeconfig has a context `sandbox` and one for every name in `contexts`, all for this cluster. `port` is the
    API server's port; without it a free one is chosen and kept. `nodes` may add a real node to the simulated ones.
    Control planes in different directories share only the toolchain and the parts of real nodes. Every method can be
    called again after a crash at any point.
    """

    def __init__(
        self,
        directory: Path,
        toolchain: Toolchain,
        contexts: Sequence[str] = (),
        *,
        port: int | None = None,
        nodes: Nodes = SIMULATED,
    ) -> None:
        self._directory = directory.absolute()
        self._toolchain = toolchain
        self._contexts = tuple(dict.fromkeys((CONTEXT, *contexts)))
        self._port = port
        self._nodes = nodes

    def start(self, progress: Callable[[str], None]) -> Cluster:
        """Returns the running cluster: immediately if it is complete, otherwise restarted on its existing data.

        Raises SandboxError if a component exits or does not become ready, or if the requested port is taken.
        """
        with self._lock():
            self._prepare_directory()
            certificates = pki.ensure(self._directory / "pki")
            if self._nodes.real:
                certificates.require_node()
            saved = saved_state.read(self._state_file)
            if saved is not None and self._is_complete(saved, certificates):
                ports = saved.ports
                self._write_kubeconfig(ports, certificates)
            else:
                self._stop_processes(progress)
                ports = self._bring_up(self._ports_to_use(saved), certificates, progress)
            self._complete_real_node(ports, certificates, progress)
            return Cluster(server=ports.server, kubeconfig=self._kubeconfig)

    def stop(self, progress: Callable[[str], None]) -> None:
        """Stops every process of this sandbox and keeps its data."""
        with self._lock():
            self._stop_processes(progress)

    def delete(self, progress: Callable[[str], None]) -> None:
        """Stops every process and removes the directory. Raises SandboxError if the directory is not a sandbox."""
        with self._lock():
            self._refuse_foreign_directory()
            self._stop_processes(progress)
            if self._directory.exists():
                shutil.rmtree(self._directory)

    @contextmanager
    def disposable(self, progress: Callable[[str], None]) -> Iterator[Cluster]:
        """Yields the running cluster, and deletes it at exit. Raises what `start` and `delete` raise."""
        try:
            yield self.start(progress)
        finally:
            self.delete(progress)

    def status(self) -> Status:
        """Returns what is running now; takes no lock and changes nothing."""
        numbers = {component.name: component.process.pid for component in processes.running(self._directory)}
        saved = saved_state.read(self._state_file)
        certificates = Pki(directory=self._directory / "pki")
        if saved is not None and self._is_complete(saved, certificates) and self._has_its_real_node(certificates):
            cluster = Cluster(server=saved.ports.server, kubeconfig=self._kubeconfig)
            return Status(state=State.RUNNING, cluster=cluster, processes=numbers)
        if numbers:
            return Status(state=State.DEGRADED, cluster=None, processes=numbers)
        state = State.STOPPED if self._state_file.exists() else State.ABSENT
        return Status(state=state, cluster=None, processes=numbers)

    @property
    def _state_file(self) -> Path:
        return self._directory / "state.json"

    @property
    def _kubeconfig(self) -> Path:
        return self._directory / "kubeconfig"

    @property
    def _contents(self) -> ClusterContents:
        real = self._nodes.real is not None
        return ClusterContents(toolchain=self._toolchain, kubectl=self._kubectl, beside_real_node=real)

    @property
    def _kubectl(self) -> Kubectl:
        return Kubectl(executable=self._toolchain.kubectl, kubeconfig=self._kubeconfig)

    @property
    def real_node(self) -> RealNode | None:
        """The real node of this sandbox, running or not; None if it has none."""
        if self._nodes.real is None:
            return None
        return RealNode(self._node_directory, self._nodes.real, self._kubectl)

    @property
    def _node_directory(self) -> NodeDirectory:
        return NodeDirectory(sandbox=self._directory)

    def _lock(self) -> AcquireReturnProxy:
        self._directory.parent.mkdir(parents=True, exist_ok=True)
        # Beside the directory, not in it: deleting a lock file that another process waits for would break the lock.
        lock = FileLock(self._directory.with_name(f".{self._directory.name}.lock"))
        try:
            return lock.acquire(timeout=LOCK_SECONDS)
        except Timeout as error:
            raise SandboxError(
                f"another command has been working on the sandbox {shown_path(self._directory)} for {LOCK_SECONDS} s",
                "wait for it or stop it, then try again",
            ) from error

    def _prepare_directory(self) -> None:
        self._refuse_foreign_directory()
        self._directory.mkdir(mode=0o700, exist_ok=True)
        if not self._state_file.exists():
            saved_state.write(self._state_file, SavedState(ports=self._choose_ports()))
        (self._directory / "logs").mkdir(exist_ok=True)

    def _refuse_foreign_directory(self) -> None:
        if self._state_file.exists() or not self._directory.exists():
            return
        # A crash can leave the unfinished state file of a first start.
        if any(self._state_file.name not in entry.name for entry in self._directory.iterdir()):
            raise SandboxError(
                f"{shown_path(self._directory)} contains files that do not belong to a sandbox",
                "choose a new or empty directory; nothing was changed",
                exit_code=BAD_INPUT,
            )

    def _is_complete(self, saved: SavedState, certificates: Pki) -> bool:
        wanted = self._command_lines(saved.ports, certificates)
        return (
            saved.fingerprint == self._fingerprint(wanted)
            and self._port in (None, saved.ports.api)
            # Others may run beside them: upstream controllers that a test or a stack has started.
            and wanted.keys() <= {component.name for component in processes.running(self._directory)}
            and launch.unready_reason(saved.ports, certificates) is None
        )

    def _bring_up(self, ports: Ports, certificates: Pki, progress: Callable[[str], None]) -> Ports:
        """Returns the ports in use, which differ from `ports` if another process has taken one meanwhile."""
        for _ in range(PORT_ATTEMPTS - 1):
            try:
                return self._launch(ports, certificates, progress)
            except launch.PortLostError:
                ports = self._choose_ports()
        return self._launch(ports, certificates, progress)

    def _launch(self, ports: Ports, certificates: Pki, progress: Callable[[str], None]) -> Ports:
        progress(f"starting the control plane at {ports.server}")
        saved_state.write(self._state_file, SavedState(ports=ports))
        self._write_kubeconfig(ports, certificates)
        certificates.write_component_kubeconfigs(ports.server)
        if self.real_node is not None:
            self.real_node.prepare()
        wanted = self._command_lines(ports, certificates)
        try:
            launch.launch(wanted, self._directory, ports, certificates)
            progress("applying nodes, storage class and resource definitions")
            self._contents.apply()
        except BaseException:
            self._stop_processes(progress)
            raise
        saved_state.write(self._state_file, SavedState(ports=ports, fingerprint=self._fingerprint(wanted)))
        return ports

    def _complete_real_node(self, ports: Ports, certificates: Pki, progress: Callable[[str], None]) -> None:
        if self.real_node is None or self._has_its_real_node(certificates):
            return
        try:
            self.real_node.start(ports.api, certificates, progress)
        except BaseException:
            self._stop_processes(progress)
            raise

    def _has_its_real_node(self, certificates: Pki) -> bool:
        return self.real_node is None or self.real_node.is_complete(certificates)

    def _ports_to_use(self, saved: SavedState | None) -> Ports:
        # The same ports as before if possible, so that a copied kubeconfig keeps working.
        if saved and self._port in (None, saved.ports.api):
            return saved.ports
        return self._choose_ports()

    def _choose_ports(self) -> Ports:
        if self._port is not None:
            require_free(self._port)
        return Ports.choose(self._port)

    def _stop_processes(self, progress: Callable[[str], None]) -> None:
        running = processes.running(self._directory)
        if running:
            progress(f"stopping {', '.join(component.name for component in running)}")
        teardown.end(self._node_directory)
        # Newest first, so that no process outlives one that it depends on.
        for component in sorted(running, key=lambda component: component.process.create_time(), reverse=True):
            processes.stop(component, STOP_SECONDS)

    def _write_kubeconfig(self, ports: Ports, certificates: Pki) -> None:
        write_atomically(self._kubeconfig, certificates.kubeconfig("admin", ports.server, self._contexts))

    def _command_lines(self, ports: Ports, certificates: Pki) -> Mapping[str, tuple[str, ...]]:
        return component_commands.command_lines(self._toolchain, certificates, ports, self._directory, self._nodes)

    def _fingerprint(self, command_lines: Mapping[str, Sequence[str]]) -> str:
        policy = component_commands.AUDIT_POLICY.read_text(encoding="utf-8")
        text = json.dumps([command_lines, self._contents.fingerprint, policy])
        return hashlib.sha256(text.encode()).hexdigest()
