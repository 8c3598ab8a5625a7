"""What the live stack stands on: a running node, images, a store of models, and the stack file that names them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from inferencectl.progressive_releases import are_led_by_flagger
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.sandbox.images import cached
from inferencectl.sandbox.images.buildkit import BUILDKIT
from inferencectl.sandbox.images.catalogue import ensure_images
from inferencectl.sandbox.images.image import ensure
from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.sandbox.live import (
    digits,
    flagger_pod,
    istiod,
    load_scaling,
    prometheus_pod,
    stack_file,
    store_manifests,
    store_pod,
)
from inferencectl.sandbox.live.gateway import LiveGateway
from inferencectl.sandbox.live.load_scaling import LoadScaling
from inferencectl.sandbox.live.model_registry import ModelRegistry, PublishedVersion
from inferencectl.sandbox.live.signing_keys import SigningKeys
from inferencectl.sandbox.live.store_files import StoreFiles
from inferencectl.sandbox.live.store_image import StoreImage
from inferencectl.sandbox.live.store_pod import StorePod
from inferencectl.sandbox.live.store_process import StoreProcess
from inferencectl.sandbox.live.training import Training
from inferencectl.sandbox.node import local_volumes
from inferencectl.sandbox.node.addresses import POD_NETWORK
from inferencectl.sandbox.node.node_directory import NodeDirectory
from inferencectl.sandbox.toolchain.builds import build_missing
from inferencectl.sandbox.toolchain.node_tools import COREDNS, NODE_TOOLS
from inferencectl.sandbox.toolchain.toolchain import TOOLS, VERSITYGW, cache_directory
from inferencectl.stack_sandbox import StackSandbox
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.project import Project
from settings import Autoscaling, Gateway, Mesh, Model

CONTEXT = "inference-live"
NAMESPACE = "models-live"
NAMESPACES = (NAMESPACE, store_manifests.NAMESPACE)
IMAGES = ("tools", "pause", "triton", "tensorflow-serving-stand-in", store_pod.IMAGE)
PROGRAMS = (*TOOLS, BUILDKIT, VERSITYGW)
NODE_PROGRAMS = (*NODE_TOOLS, COREDNS)
EXAMPLE_REQUEST = Path(__file__).parent / "sandbox" / "live" / "seven.json"
_STORE = "store"
Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class LiveStack:
    """The live stack of a checkout; `training_python` has TensorFlow."""

    sandbox: StackSandbox
    training_python: Path

    def prepare(self, progress: Progress) -> Cluster:
        """Makes and starts whatever is missing, and writes the stack file or brings its images up to date.

        Call it within `exclusively`. Everything is made once: a second call changes nothing.

        Raises:
            SandboxError: a part cannot be made, with its own remedy; what is complete stays.
        """
        training = Training(root=self._project.root, python=self.training_python)
        training.require_python("run: make up STACK=live")
        self._refuse_stack_file_of_another()
        existing = self.sandbox.cluster.existing(progress)
        # Together they are built in half the time: see build_missing.
        build_missing(PROGRAMS if existing else (*PROGRAMS, *NODE_PROGRAMS), cache_directory(), progress)
        made = ensure_images((*IMAGES, *self._named_images()), progress)
        trained = training.trained(progress)
        context = existing.context if existing else CONTEXT
        cluster = self.sandbox.start(context, progress)
        self.sandbox.import_images(made.values(), progress)
        files = self._store_files
        files.ensure((store_pod.HOST,))
        registry = self.registry(progress)
        published = digits.publish_digits(registry, trained, self._directory / "published.json", progress)
        self._serve_what_is_published(cluster, made[store_pod.IMAGE], progress)
        facts = stack_file.LiveFacts(
            context=context,
            store=store_pod.access(existing.nodes().pod_networks if existing else (POD_NETWORK,)),
            public_key=registry.keys.public.read_text(encoding="utf-8"),
            images={name: image.pinned for name, image in made.items()},
            versions={each.name: each for each in published},
            storage_class=None if existing else local_volumes.CLASS,
        )
        if stack_file.ensure_stack_file(self._stack_file, self._written, facts):
            progress(f"wrote {self._stack_file.name}")
        return cluster

    @property
    def is_stack_file_as_written(self) -> bool:
        """Whether nobody has changed the stack file since `prepare` wrote it."""
        return stack_file.is_as_written(self._stack_file, self._written)

    def _named_images(self) -> Sequence[str]:
        """The images of this machine that the stack file names, of which its owner may have added some."""
        file = self._stack_file
        return stack_file.images_in(file.read_text(encoding="utf-8")) if file.exists() else ()

    def _refuse_stack_file_of_another(self) -> None:
        if self._stack_file.exists() and not self._keys.exists():
            raise SandboxError(
                f"{self._stack_file.name} is of a live stack that is gone, with the key that signed its models",
                "move the file away, and put your changes into the one that is written then; nothing was changed",
                exit_code=BAD_INPUT,
            )

    def supplying(self, cluster: Cluster, progress: Progress) -> AbstractContextManager[None]:
        """Gives the pods that are deployed meanwhile what they need to reach the store."""
        return self._store_pod(cluster, progress).supplying(NAMESPACE)

    def scale_by_load(
        self, cluster: Cluster, autoscaling: Autoscaling | None, gateway: Gateway | None, progress: Progress
    ) -> None:
        """Starts what scales models by their load, if the stack's `autoscaling` is by the sandbox's own Prometheus.

        Call it after `prepare`. What runs stays until the sandbox is deleted. The proxies of the `gateway` are measured
        as well.

        Raises:
            SandboxError: an image cannot be made, or a part does not become ready.
        """
        if autoscaling is None:
            return
        if self.sandbox.cluster.context:
            progress("no Prometheus and KEDA are started: what the cluster has is used")
            return
        if autoscaling.prometheus != prometheus_pod.ADDRESS:
            progress(f"no Prometheus and KEDA are started: autoscaling.prometheus is not {prometheus_pod.ADDRESS}")
            return
        made = self._images_on_nodes(load_scaling.IMAGES, progress)
        scaling = LoadScaling(kubectl=self.sandbox.kubectl(cluster, progress), directory=self._directory / "keda")
        gateways = gateway.namespace if gateway else None
        scaling.ensure(made, NAMESPACE, gateways, autoscaling.scrape_interval_seconds, progress)

    def open_gateway(self, cluster: Cluster, gateway: Gateway | None, mesh: Mesh, progress: Progress) -> None:
        """Starts what runs the stack's `gateway`, and what gives pods a proxy if its `mesh` is on.

        Call it after `prepare`. What runs stays until the sandbox is deleted.

        Raises:
            SandboxError: the sandbox has no such gateway, an image cannot be made, or a part does not become ready.
        """
        if self.sandbox.cluster.context:
            if gateway:
                progress(f"no gateway is started: {gateway.name} of the cluster is used")
            if mesh.is_on:
                progress("no istiod is started: the mesh of the cluster is used")
        elif gateway or mesh.is_on:
            entrance = self.gateway(cluster, gateway, mesh, progress) if gateway else None
            if entrance:
                entrance.require_supported()
            made, kubectl = self._images_on_nodes(istiod.IMAGES, progress), self.sandbox.kubectl(cluster, progress)
            if entrance:
                entrance.ensure(made, progress)
            if mesh.is_on:
                control_plane = istiod.LiveIstiod(kubectl=kubectl, gateway=gateway, mesh=mesh, models=NAMESPACE)
                control_plane.ensure_sidecars(made, self.sandbox.require_real_node(progress), progress)

    def release_progressively(self, cluster: Cluster, models: Sequence[Model], progress: Progress) -> None:
        """Starts Flagger, if it is to lead the requests of one of the models; call it after `prepare`.

        What runs stays until the sandbox is deleted.

        Raises:
            SandboxError: the image cannot be made, or Flagger does not become ready.
        """
        if not are_led_by_flagger(models):
            return
        if self.sandbox.cluster.context:
            progress("no Flagger is started: that of the cluster is used")
            return
        made = self._images_on_nodes([flagger_pod.NAME], progress)
        progress("starting Flagger in the cluster")
        flagger_pod.ensure(self.sandbox.kubectl(cluster, progress), made[flagger_pod.NAME])

    def gateway(self, cluster: Cluster, gateway: Gateway, mesh: Mesh, progress: Progress) -> LiveGateway:
        """The Gateway as the sandbox runs it."""
        kubectl, directory = self.sandbox.kubectl(cluster, progress), self._directory / "gateway"
        return LiveGateway(kubectl=kubectl, directory=directory, gateway=gateway, models=NAMESPACE, mesh=mesh)

    def publish_again(self, progress: Progress) -> PublishedVersion:
        """Publishes the digits model under the next number, without a label; call it after `prepare`, for a sandbox.

        In a sandbox the store in the cluster serves it at once: both read one directory.

        Raises:
            SandboxError: the registry or the store fails.
        """
        trained = Training(root=self._project.root, python=self.training_python).trained(progress)
        return self.registry(progress).publish(digits.TRITON.name, trained / digits.TRITON.trained, progress)

    def _images_on_nodes(self, names: Sequence[str], progress: Progress) -> Mapping[str, LocalImage]:
        made = ensure_images(names, progress)
        self.sandbox.import_images(made.values(), progress)
        return made

    def _serve_what_is_published(self, cluster: Cluster, image: LocalImage, progress: Progress) -> None:
        """Runs the store in the cluster; where no directory is shared with the nodes, the models are in its image."""
        if self.sandbox.cluster.context:
            image = ensure(StoreImage(data=self._store_files.data), cached.cache_directory(), progress)
            self.sandbox.import_images([image], progress)
        self._store_pod(cluster, progress).ensure(image, NAMESPACE, progress)

    def registry(self, progress: Progress) -> ModelRegistry:
        """The registry, through whose store on this machine versions are published; call it after `prepare`."""
        process = StoreProcess(directory=self._cluster_directory.sandbox, files=self._store_files)
        keys = SigningKeys.ensured(self._keys)
        return ModelRegistry(root=self._project.root, store=process.ensure(progress), keys=keys)

    def _store_pod(self, cluster: Cluster, progress: Progress) -> StorePod:
        folder = None if self.sandbox.cluster.context else _STORE
        return StorePod(files=self._store_files, folder=folder, kubectl=self.sandbox.kubectl(cluster, progress))

    @property
    def _store_files(self) -> StoreFiles:
        return StoreFiles(self._cluster_directory.shared / _STORE)

    @property
    def _project(self) -> Project:
        return self.sandbox.project

    @property
    def _cluster_directory(self) -> NodeDirectory:
        return NodeDirectory(sandbox=self._project.cluster_directory(self.sandbox.stack).absolute())

    @property
    def _stack_file(self) -> Path:
        return self._project.stack_file(self.sandbox.stack)

    @property
    def _written(self) -> Path:
        return self._directory / "stack.yaml"

    @property
    def _keys(self) -> Path:
        return self._directory / "keys"

    @property
    def _directory(self) -> Path:
        return self._project.sandbox_directory(self.sandbox.stack) / "live"
