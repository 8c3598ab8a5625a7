"""The store in the cluster: one pod that reads what was published, as models' pods reach it."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.live.stack_file import StoreAccess
from inferencectl.sandbox.live.store import REGION
from inferencectl.sandbox.live.store_files import StoreFiles
from inferencectl.sandbox.live.store_manifests import (
    AUTHORITY_CONFIG_MAP,
    CREDENTIALS_SECRET,
    HOST,
    NAME,
    NAMESPACE,
    PORT,
    client_manifests,
    server_manifests,
)
from inferencectl.sandbox.live.store_process import environment
from inferencectl.sandbox.node.mounts import SHARED
from inferencectl.workspace.errors import SandboxError

IMAGE = "store"
READY_SECONDS = 60
POLL_SECONDS = 0.2


def access(pod_networks: Sequence[str]) -> StoreAccess:
    """How the pods of models reach the store, whose pod is in one of `pod_networks`."""
    return StoreAccess(
        endpoint=f"https://{HOST}:{PORT}",
        region=REGION,
        networks=pod_networks,
        credentials_secret=CREDENTIALS_SECRET,
        authority_config_map=AUTHORITY_CONFIG_MAP,
    )


@dataclass(frozen=True, kw_only=True)
class StorePod:
    """The store of `files`, which are in the directory `folder` of what the node shares with the machine.

    Without a folder they are in the image.
    """

    files: StoreFiles
    folder: str | None
    kubectl: Kubectl

    def ensure(self, image: LocalImage, client_namespace: str, progress: Callable[[str], None]) -> None:
        """Runs the store for clients in `client_namespace`; returns when it is ready.

        Raises SandboxError if it does not become ready within a minute.
        """
        progress("starting the store of models in the cluster")
        data = f"{SHARED}/{self.folder}/{self.files.data.name}" if self.folder else None
        self.kubectl.apply_objects(server_manifests(image.pinned, data, self._secrets(), client_namespace))
        self.kubectl.await_rollout(NAME, NAMESPACE, READY_SECONDS)

    @contextmanager
    def supplying(self, client_namespace: str) -> Iterator[None]:
        """Puts what clients need into `client_namespace`, as soon as it exists, until the end of the context.

        The stack that is deployed meanwhile owns the namespace and makes it; who keeps secrets elsewhere has an
        operator that does this. A pod that is earlier waits for its volumes.
        """
        ended = threading.Event()
        authority = (self.files.certificate / "ca.crt").read_text(encoding="utf-8")
        manifests = client_manifests(client_namespace, self.files.credentials, authority)

        def supply() -> None:
            while not ended.is_set():
                try:
                    self.kubectl.run("get", "namespace", client_namespace)
                    self.kubectl.apply_objects(manifests)
                except SandboxError:
                    ended.wait(POLL_SECONDS)
                else:
                    return

        thread = threading.Thread(target=supply, name="storage-credentials")
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _secrets(self) -> Mapping[str, bytes]:
        files = {name: (self.files.certificate / name).read_bytes() for name in ("tls.crt", "tls.key")}
        return {**files, **{name: text.encode() for name, text in environment(self.files.credentials).items()}}
