"""One real node: its processes on this machine, its images, and its objects in the cluster."""

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.node import configuration, daemons, node_objects
from inferencectl.sandbox.node.node_directory import NodeDirectory
from inferencectl.sandbox.node.node_objects import NodeObjects
from inferencectl.sandbox.node.node_processes import NodeProcesses
from inferencectl.sandbox.node.parts import NodeParts
from inferencectl.sandbox.pki import Pki
from inferencectl.workspace.files import write_atomically


class RealNode:
    """The node of the sandbox in `directory`, made of `parts`; at most one for each sandbox.

    It is found again through the table of processes, so that another command, or the next one after a crash, can stop
    or complete it.
    """

    def __init__(self, directory: NodeDirectory, parts: NodeParts, kubectl: Kubectl) -> None:
        self._directory = directory
        self._parts = parts
        self._objects = NodeObjects(kubectl=kubectl)
        self.processes = NodeProcesses(directory, parts)

    def prepare(self) -> None:
        """Writes what the API server reads of the node when it starts."""
        self._directory.path.mkdir(mode=0o700, exist_ok=True)
        text = configuration.egress(self._directory.bridge_socket)
        write_atomically(self._directory.egress_configuration, text)

    def is_complete(self, pki: Pki) -> bool:
        """Whether the node runs as it would be started now, and takes pods."""
        try:
            last = self._directory.fingerprint.read_text()
        except FileNotFoundError:
            return False
        return last == self._fingerprint(pki) and self.processes.are_running() and self._objects.is_node_ready()

    def start(self, api_port: int, pki: Pki, progress: Callable[[str], None]) -> None:
        """Starts the node anew, on the images and volumes of the one before, and returns when it takes pods.

        The API server at `api_port` must be running. Raises SandboxError with the end of the log of what failed;
        nothing then remains but the data.
        """
        self.processes.end()
        progress("starting the real node")
        started = datetime.now(UTC)
        try:
            self.processes.start(api_port, pki)
            self.import_images((self._parts.pause, self._parts.coredns), progress)
            self._objects.apply(self._parts.coredns)
            self._objects.wait_until_ready(started)
            self.processes.wait_until_policies_hold()
            write_atomically(self._directory.fingerprint, self._fingerprint(pki))
        except BaseException:
            self.processes.end()
            raise

    def import_images(self, images: Iterable[LocalImage], progress: Callable[[str], None]) -> None:
        """Gives the images to the node, under their names and digests; those that it has are skipped.

        Raises SandboxError if the node does not run, or containerd does not take one.
        """
        present = set(self.processes.ctr("images", "list", "--quiet").splitlines())
        for image in images:
            if {image.reference, image.by_digest} <= present:
                continue
            progress(f"loading the image {image.reference} into the node")
            with image.archive.open("rb") as archive:
                self.processes.ctr("images", "import", "-", standard_input=archive.fileno())
            # The kubelet asks for what a pod names, which is the digest.
            self.processes.ctr("images", "tag", "--force", image.reference, image.by_digest)

    def _fingerprint(self, pki: Pki) -> str:
        parts = self._parts
        made_of = [self.processes.programs, str(parts.root), parts.pause.pinned, parts.coredns.pinned]
        files = self.processes.files(pki)
        objects = node_objects.OBJECTS.read_text(encoding="utf-8")
        text = json.dumps([made_of, daemons.command_lines(), files, objects])
        return hashlib.sha256(text.encode()).hexdigest()
