"""The store's pod on the real node: started, awaited, and reached by pods of other namespaces."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from inferencectl.sandbox.images.catalogue import ensure_images
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.live import store_manifests
from inferencectl.sandbox.live.store_files import StoreFiles
from inferencectl.sandbox.node.real_node import RealNode

IMAGE = "storage"
_READY_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class StoreInCluster:
    """The pod that serves `files`, read-only, to the pods of the namespaces `clients`."""

    files: StoreFiles
    node: RealNode
    kubectl: Kubectl
    clients: tuple[str, ...]

    def ensure(self, progress: Callable[[str], None]) -> None:
        """Make the image if it is not cached, start the pod, and return when it is Ready.

        Raises:
            SandboxError: the image cannot be made, or the pod does not become Ready within a minute.
        """
        image = ensure_images((IMAGE,), progress)[IMAGE]
        self.node.import_images((image,), progress)
        progress("starting the store of models in the cluster")
        self._apply(store_manifests.store_manifests(self.files, image.pinned, self.clients))
        where = (f"--namespace={store_manifests.NAMESPACE}", f"deployment/{store_manifests.NAME}")
        self.kubectl.run("rollout", "status", *where, f"--timeout={_READY_SECONDS}s")

    def ensure_client(self, namespace: str) -> None:
        """Put what pods reach the store with into a namespace, which exists."""
        self._apply(store_manifests.client_manifests(self.files, namespace))

    def _apply(self, manifests: Iterable[store_manifests.Manifest]) -> None:
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [*manifests]})
        # The server's side keeps no copy of what is applied, and so none of the Secret, in an annotation.
        self.kubectl.run("apply", "--server-side", "--force-conflicts", "--filename=-", standard_input=text)
