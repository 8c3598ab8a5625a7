"""The cluster of a context that the user named, in place of a sandbox of the stack's own."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from inferencectl.deployer import inventory
from inferencectl.existing_cluster.archive import write_archive_by_digest
from inferencectl.existing_cluster.image_loading import ImageLoading
from inferencectl.existing_cluster.kubeconfig import Kubeconfig
from inferencectl.existing_cluster.nodes import ClusterNodes
from inferencectl.sandbox import processes
from inferencectl.sandbox.cluster_status import Cluster, State, Status
from inferencectl.sandbox.control_plane import CONTEXT
from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.live import store_manifests
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.files import write_atomically
from settings.validation.words import shown_path

_ANSWER = ("get", "--raw=/readyz", "--request-timeout=10s")
_STOP_SECONDS = 10
Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class ExistingCluster:
    """The cluster of `context`; `directory` has what this checkout keeps of it, and `program` is kubectl.

    The directory has a kubeconfig of its own, made anew at each start: nothing is ever sent to another cluster because
    the user's current context has changed, and the user's file is never written.
    """

    directory: Path
    context: str
    program: Path

    @property
    def kubectl(self) -> Kubectl:
        """kubectl for this cluster."""
        remedy = f"see whether the cluster of {self.context} runs, and what you may do there"
        return Kubectl(executable=self.program, kubeconfig=self.directory / "kubeconfig", remedy=remedy)

    def start(self) -> Cluster:
        """Returns the cluster, as its context now says.

        Raises:
            SandboxError: the context is gone, or the cluster does not answer.
        """
        kubeconfig = Kubeconfig.of_the_user()
        contexts = tuple(dict.fromkeys((CONTEXT, kubeconfig.chosen(self.context))))
        (self.directory / "logs").mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(self.kubectl.kubeconfig, kubeconfig.alone(self.context, contexts))
        try:
            self.kubectl.run(*_ANSWER)
        except SandboxError as error:
            raise SandboxError(
                f"the cluster of the context {self.context} does not answer: {error.message}",
                "start it, or correct the kubeconfig; where the cluster no longer exists, delete the directory "
                f"{shown_path(self.directory)}",
            ) from None
        return self._cluster()

    def require_room_for(self, owned: Iterable[str]) -> None:
        """Raises SandboxError if a namespace of `owned` is there, though this stack has not made it."""
        for name in owned:
            found = self.kubectl.run("get", "namespace", name, "--ignore-not-found", "--output=name")
            if found:
                raise SandboxError(
                    f"the cluster of {self.context} has a namespace {name} already, which the stack would make",
                    "use another cluster, or delete the namespace if nobody needs it; nothing was changed",
                    exit_code=BAD_INPUT,
                )

    def nodes(self) -> ClusterNodes:
        """What the nodes say of themselves; raises SandboxError."""
        return ClusterNodes.seen(self.kubectl, self.context)

    def import_images(self, images: Iterable[LocalImage], progress: Progress) -> None:
        """Gives the images to every node, under their names and digests; those that all nodes have are skipped.

        Raises SandboxError if the tool that has made the cluster fails.
        """
        loading, nodes = ImageLoading.into(self.context), self.nodes()
        for image in images:
            if nodes.have(image):
                continue
            progress(f"loading the image {image.reference} into the nodes of {self.context}")
            with tempfile.TemporaryDirectory(dir=self.directory, prefix="archive-") as work:
                archive = Path(work) / "image.tar"
                write_archive_by_digest(image, archive)
                loading.load(archive)

    def status(self) -> Status:
        """Whether the cluster answers, and what runs on this machine for it."""
        running = {component.name: component.process.pid for component in processes.running(self.directory)}
        try:
            self.kubectl.run(*_ANSWER)
        except SandboxError:
            return Status(state=State.DEGRADED, cluster=None, processes=running)
        return Status(state=State.RUNNING, cluster=self._cluster(), processes=running)

    def delete_what_was_made(self, progress: Progress) -> None:
        """Deletes what is in the cluster beside the stack: the store, and the inventories once none is left.

        Returns when it is gone. The images stay in the nodes: neither tool takes out what it has put in.
        """
        owned = [store_manifests.NAMESPACE]
        if not self.kubectl.run("get", "secrets", f"--namespace={inventory.NAMESPACE}", "--output=name"):
            owned.append(inventory.NAMESPACE)
        progress(f"deleting the namespaces {' and '.join(owned)}")
        self.kubectl.run("delete", "namespace", *owned, "--ignore-not-found")

    def forget(self) -> None:
        """Stops what runs on this machine for the cluster, and removes the directory."""
        for component in processes.running(self.directory):
            processes.stop(component, _STOP_SECONDS)
        shutil.rmtree(self.directory)

    def _cluster(self) -> Cluster:
        view = self.kubectl.run("config", "view", "--minify", "--output=json")
        (entry,) = json.loads(view)["clusters"]
        return Cluster(server=entry["cluster"]["server"], kubeconfig=self.kubectl.kubeconfig)
