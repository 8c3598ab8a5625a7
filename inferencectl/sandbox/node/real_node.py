"""One real node: its processes, its cgroups, and the pods that belong to it."""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil

from inferencectl.sandbox import processes
from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.node import cgroups, configuration, daemons, init, node_objects, teardown
from inferencectl.sandbox.node.node_directory import NodeDirectory
from inferencectl.sandbox.node.node_objects import NodeObjects
from inferencectl.sandbox.node.parts import NodeParts
from inferencectl.sandbox.node.specification import Specification
from inferencectl.sandbox.node.teardown import BRIDGE_COMPONENT, NODE_COMPONENT
from inferencectl.sandbox.pki import Pki
from inferencectl.sandbox.processes import Component
from inferencectl.workspace.errors import SandboxError
from inferencectl.workspace.files import write_atomically

ROOT = Path(__file__).parents[3]
UP_SECONDS = 30
POLL_SECONDS = 0.05
LOG_TAIL_LINES = 15


class RealNode:
    """The node of the sandbox in `directory`, made of `parts`; at most one for each sandbox.

    Only its data is a secret of this object: a node is found again through the table of processes, so that another
    command, or the next one after a crash, can stop it or complete it.
    """

    def __init__(self, directory: NodeDirectory, parts: NodeParts, kubectl: Kubectl) -> None:
        self._directory = directory
        self._parts = parts
        self._objects = NodeObjects(kubectl=kubectl)

    def prepare(self) -> None:
        """Writes what the API server reads of the node when it starts."""
        self._directory.path.mkdir(mode=0o700, exist_ok=True)
        text = configuration.egress(self._directory.bridge_socket)
        write_atomically(self._directory.egress_configuration, text)

    def is_complete(self, pki: Pki) -> bool:
        """Whether the node runs as it would be started now, and takes pods."""
        try:
            if self._directory.fingerprint.read_text() != self._fingerprint(pki):
                return False
        except FileNotFoundError:
            return False
        names = {component.name for component in processes.running(self._directory.sandbox)}
        return {NODE_COMPONENT, BRIDGE_COMPONENT} <= names and self._objects.is_node_ready()

    def start(self, api_port: int, pki: Pki, progress: Callable[[str], None]) -> None:
        """Starts the node anew, on the images and volumes of the one before, and returns when it takes pods.

        The API server at `api_port` must be running. Raises SandboxError with the end of the log of what failed;
        nothing then remains but the data.
        """
        teardown.end(self._directory)
        progress("starting the real node")
        started = datetime.now(UTC)
        try:
            self._start_processes(api_port, pki)
            self.import_images(self._parts.images.every, progress)
            self._objects.apply(self._parts.images.coredns)
            self._objects.wait_until_ready(started)
            write_atomically(self._directory.fingerprint, self._fingerprint(pki))
        except BaseException:
            teardown.end(self._directory)
            raise

    def import_images(self, images: Iterable[LocalImage], progress: Callable[[str], None]) -> None:
        """Gives the images to the node, under their names and digests; those that it has are skipped.

        Raises SandboxError if the node does not run, or containerd does not take one.
        """
        present = set(self._ctr("images", "list", "--quiet").splitlines())
        for image in images:
            by_digest = f"{image.reference.rpartition(':')[0]}@{image.digest}"
            if {image.reference, by_digest} <= present:
                continue
            progress(f"loading the image {image.reference} into the node")
            with image.archive.open("rb") as archive:
                self._ctr("images", "import", "--no-unpack=false", "-", standard_input=archive.fileno())
            # The kubelet asks for what a pod names, which is the digest.
            self._ctr("images", "tag", "--force", image.reference, by_digest)

    def command(self, *arguments: str) -> Sequence[str]:
        """The command of this machine that runs `arguments` within the node, with its files, network and cgroups."""
        return ("nsenter", f"--target={self._process.pid}", "--all", "env", "-i", f"PATH={self._path}", *arguments)

    def network_command(self, *arguments: str) -> Sequence[str]:
        """The command that runs `arguments` with the files of the machine and the network of the node."""
        return ("nsenter", f"--target={self._process.pid}", "--net", *arguments)

    @property
    def _path(self) -> str:
        return init.search_path(self._programs)

    @property
    def _programs(self) -> dict[str, str]:
        return {name.replace("_", "-"): str(path) for name, path in vars(self._parts.programs).items()}

    @property
    def _process(self) -> psutil.Process:
        """The node's first process, as this machine sees it."""
        process = first_process(self._directory)
        if process is None:
            raise SandboxError("the real node does not run", "start it")
        return process

    def _start_processes(self, api_port: int, pki: Pki) -> None:
        directory = self._directory
        trees = cgroups.own_trees()
        wanted = cgroups.directories(trees, directory.cgroup_name)
        for path in (directory.path, directory.configuration, directory.logs, directory.shared):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in configuration.files(pki, self._parts.images.pause.reference).items():
            write_atomically(directory.configuration / name, text)
        # Written first, so that whatever happens now can be undone.
        write_atomically(directory.cgroups, "".join(f"{path}\n" for path in wanted.values()))
        cgroups.create(wanted.values())
        for log in (directory.logs / f"{name}.log" for name in daemons.command_lines()):
            # As for the other components: the log of the run before stays readable beside the new one.
            if log.exists():
                log.replace(log.with_suffix(".log.1"))
        self._specification(trees[0].version, {name: str(path) for name, path in wanted.items()}).write(
            directory.specification
        )
        node = self._spawn(NODE_COMPONENT, "enter", str(directory.specification))
        process = self._wait_until_up(node)
        bridge = self._spawn(BRIDGE_COMPONENT, "bridge", str(process.pid), str(directory.bridge_socket), str(api_port))
        socket = Path(f"/proc/{process.pid}/root{configuration.CONTAINERD_SOCKET}")
        self._wait_for(lambda: directory.bridge_socket.exists() and socket.exists(), (node, bridge), UP_SECONDS)

    def _spawn(self, name: str, module: str, *arguments: str) -> Component:
        command = (sys.executable, "-m", f"inferencectl.sandbox.node.{module}", *arguments)
        return processes.start(name, command, self._directory.sandbox, {"PYTHONPATH": str(ROOT)})

    def _specification(self, version: int, trees: dict[str, str]) -> Specification:
        directory = self._directory
        return Specification(
            root=str(self._parts.root),
            layers=str(directory.layers),
            state=str(directory.state),
            configuration=str(directory.configuration),
            logs=str(directory.logs),
            shared=str(directory.shared),
            programs=self._programs,
            cgroup_version=version,
            cgroups=trees,
            daemons=daemons.command_lines(),
        )

    def _wait_until_up(self, node: Component) -> psutil.Process:
        def is_up() -> bool:
            process = first_process(self._directory)
            return process is not None and Path(f"/proc/{process.pid}/root{init.UP}").exists()

        self._wait_for(is_up, (node,), UP_SECONDS)
        return self._process

    def _wait_for(self, condition: Callable[[], bool], started: Sequence[Component], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            for component in started:
                if not component.is_running or time.monotonic() > deadline:
                    what = "ended while starting" if not component.is_running else f"is not up after {seconds:.0f} s"
                    raise SandboxError(
                        f"{component.name} {what}:\n{component.log_tail(LOG_TAIL_LINES)}", f"its log is {component.log}"
                    )
            time.sleep(POLL_SECONDS)

    def _fingerprint(self, pki: Pki) -> str:
        parts = self._parts
        made_of = [self._programs, str(parts.root), [image.pinned for image in parts.images.every]]
        files = configuration.files(pki, parts.images.pause.reference)
        text = json.dumps([made_of, daemons.command_lines(), files, node_objects.OBJECTS.read_text(encoding="utf-8")])
        return hashlib.sha256(text.encode()).hexdigest()

    def _ctr(self, *arguments: str, standard_input: int = subprocess.DEVNULL) -> str:
        command = self.command("ctr", "--namespace=k8s.io", *arguments)
        result = subprocess.run(command, check=False, stdin=standard_input, capture_output=True, text=True)
        if result.returncode != 0:
            raise SandboxError(
                f"containerd on the real node failed (ctr {' '.join(arguments)}): {result.stderr.strip()}",
                f"its log is {self._directory.logs / 'containerd.log'}",
            )
        return result.stdout


def first_process(directory: NodeDirectory) -> psutil.Process | None:
    """The first process of the node of this sandbox, the only child of `unshare`; None if the node does not run."""
    for component in processes.running(directory.sandbox):
        if component.name == NODE_COMPONENT:
            try:
                return next(iter(component.process.children()), None)
            except psutil.NoSuchProcess:
                return None
    return None
