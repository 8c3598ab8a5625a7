"""What the live stack stands on: a running node, images, a store of models, and the stack file that names them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox.control_plane import Cluster
from inferencectl.sandbox.images.buildkit import BUILDKIT
from inferencectl.sandbox.images.catalogue import ensure_images
from inferencectl.sandbox.live import digits, load_scaling, prometheus_pod, stack_file, store_pod
from inferencectl.sandbox.live.load_scaling import LoadScaling
from inferencectl.sandbox.live.model_registry import ModelRegistry, PublishedVersion
from inferencectl.sandbox.live.signing_keys import SigningKeys
from inferencectl.sandbox.live.store_files import StoreFiles
from inferencectl.sandbox.live.store_pod import StorePod
from inferencectl.sandbox.live.store_process import StoreProcess
from inferencectl.sandbox.live.training import Training
from inferencectl.sandbox.node.node_directory import NodeDirectory
from inferencectl.sandbox.toolchain.builds import build_missing
from inferencectl.sandbox.toolchain.node_tools import COREDNS, NODE_TOOLS
from inferencectl.sandbox.toolchain.toolchain import TOOLS, VERSITYGW, cache_directory
from inferencectl.stack_sandbox import StackSandbox
from inferencectl.workspace.project import Project
from settings import Autoscaling

CONTEXT = "inference-live"
NAMESPACE = "models-live"
IMAGES = ("tools", "pause", "triton", "tensorflow-serving-stand-in", store_pod.IMAGE)
PROGRAMS = (*TOOLS, *NODE_TOOLS, COREDNS, BUILDKIT, VERSITYGW)
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
        # Together they are built in half the time: see build_missing.
        build_missing(PROGRAMS, cache_directory(), progress)
        made = ensure_images(IMAGES, progress)
        trained = training.trained(progress)
        cluster = self.sandbox.start(CONTEXT, progress)
        self.sandbox.require_real_node(progress).import_images(made.values(), progress)
        files = self._store_files
        files.ensure((store_pod.HOST,))
        registry = self._registry(progress)
        published = digits.publish_digits(registry, trained, self._directory / "published.json", progress)
        self._store_pod(cluster, progress).ensure(made[store_pod.IMAGE], NAMESPACE, progress)
        facts = stack_file.LiveFacts(
            store=store_pod.ACCESS,
            public_key=registry.keys.public.read_text(encoding="utf-8"),
            images={name: image.pinned for name, image in made.items()},
            versions={each.name: each for each in published},
        )
        file = self._project.stack_file(self.sandbox.stack)
        if stack_file.ensure_stack_file(file, facts):
            progress(f"wrote {file.name}")
        return cluster

    @contextmanager
    def supplying(self, cluster: Cluster, progress: Progress) -> Iterator[None]:
        """Gives the pods that are deployed meanwhile what they need to reach the store."""
        with self._store_pod(cluster, progress).supplying(NAMESPACE):
            yield

    def scale_by_load(self, cluster: Cluster, autoscaling: Autoscaling | None, progress: Progress) -> None:
        """Starts what scales models by their load, if the stack's `autoscaling` is by the sandbox's own Prometheus.

        Call it after `prepare`. What runs stays until the sandbox is deleted.

        Raises:
            SandboxError: an image cannot be made, or a part does not become ready.
        """
        if autoscaling is None:
            return
        if autoscaling.prometheus != prometheus_pod.ADDRESS:
            progress(f"no Prometheus and KEDA are started: autoscaling.prometheus is not {prometheus_pod.ADDRESS}")
            return
        made = ensure_images(load_scaling.IMAGES, progress)
        self.sandbox.require_real_node(progress).import_images(made.values(), progress)
        scaling = LoadScaling(kubectl=self.sandbox.kubectl(cluster, progress), directory=self._directory / "keda")
        scaling.ensure(made, NAMESPACE, autoscaling.scrape_interval_seconds, progress)

    def publish_again(self, progress: Progress) -> PublishedVersion:
        """Publishes the digits model under the next number, without a label; call it after `prepare`.

        Raises:
            SandboxError: the registry or the store fails.
        """
        trained = Training(root=self._project.root, python=self.training_python).trained(progress)
        return self._registry(progress).publish(digits.TRITON.name, trained / digits.TRITON.trained, progress)

    def _registry(self, progress: Progress) -> ModelRegistry:
        process = StoreProcess(directory=self._cluster_directory.sandbox, files=self._store_files)
        keys = SigningKeys.ensured(self._directory / "keys")
        return ModelRegistry(root=self._project.root, store=process.ensure(progress), keys=keys)

    def _store_pod(self, cluster: Cluster, progress: Progress) -> StorePod:
        return StorePod(files=self._store_files, folder=_STORE, kubectl=self.sandbox.kubectl(cluster, progress))

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
    def _directory(self) -> Path:
        return self._project.sandbox_directory(self.sandbox.stack) / "live"
