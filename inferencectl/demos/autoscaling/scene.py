"""A sandbox with the real KEDA, Prometheus and Karpenter, and one model that scales by its requests."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubernetes.client import ApiClient
from kubernetes.config import new_client_from_config

import settings
from inferencectl.demos.autoscaling.model_exporter import ServedLoad, served
from inferencectl.demos.autoscaling.scraping import configuration
from inferencectl.demos.autoscaling.stack import STACK, autoscaling_of, configured, recorded
from inferencectl.demos.autoscaling.timeline import Sample
from inferencectl.deployer import Deployer, kubernetes_objects
from inferencectl.deployer.connection import Connection
from inferencectl.sandbox.control_plane import Cluster, ControlPlane
from inferencectl.sandbox.controllers import InstanceType, Karpenter, Keda, Prometheus
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.sandbox.toolchain.builds import build_missing
from inferencectl.sandbox.toolchain.toolchain import CONTROLLERS, TOOLS
from inferencectl.workspace.project import Project

_SIZE = {"cpu": "8", "memory": "32Gi", "ephemeral-storage": "100Gi", "nvidia.com/gpu": "1"}

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The model in its cluster, with its load and what can be observed of it."""

    platform: settings.Platform
    load: ServedLoad
    prometheus: Prometheus
    connection: Connection

    @property
    def autoscaling(self) -> settings.Autoscaling:
        """The autoscaling intervals of the stack."""
        return autoscaling_of(self.platform)

    def measure(self, *, is_measured: bool, progress: Progress) -> None:
        """Start or stop Prometheus."""
        if is_measured:
            self.prometheus.start(self._scraping, progress)
        else:
            progress("stopping Prometheus")
            self.prometheus.stop()

    def look(self, seconds: float) -> Sample:
        """Sample the load, the replicas and the nodes."""
        deployment = self._get(f"/apis/apps/v1/namespaces/{self.platform.namespace}/deployments/mnist-v1")
        nodes = self._get("/api/v1/nodes", labelSelector=settings.POOL_LABEL)["items"]
        return Sample(
            seconds=seconds,
            requests_per_second=self.load.requests_per_second,
            wanted=deployment["spec"]["replicas"],
            ready=deployment["status"].get("readyReplicas", 0),
            nodes=len(nodes),
        )

    @property
    def _scraping(self) -> Mapping[str, Any]:
        return configuration(self.prometheus.kubeconfig, self.platform.namespace, self.load)

    def _get(self, path: str, **query: str) -> dict[str, Any]:
        return self.connection.request("GET", path, subject=path, query=query)


@contextmanager
def running_scene(project: Project, directory: Path, progress: Progress) -> Iterator[Scene]:
    """Yields the scene, with its model ready, in the sandbox `directory`; deletes it at exit, also after an error.

    Raises SandboxError if a program cannot be built or started, or if the model does not become ready.
    """
    # Before anything starts, so that they are built side by side and an interruption stops them.
    build_missing((*TOOLS, *CONTROLLERS), toolchain.cache_directory(), progress)
    plane = ControlPlane(directory, toolchain.ensure(progress))
    # A killed run leaves everything behind.
    plane.delete(progress)
    with (
        plane.disposable(progress) as cluster,
        new_client_from_config(str(cluster.kubeconfig)) as api,
        served(ServedLoad()) as load,
    ):
        yield _deployed(project, cluster, api, load, progress)


def _deployed(project: Project, cluster: Cluster, api: ApiClient, load: ServedLoad, progress: Progress) -> Scene:
    prometheus = Prometheus(cluster)
    config = configured(prometheus.url)
    platform = settings.load(STACK, config)
    (pool,) = platform.pools
    load.scrape_seconds = autoscaling_of(platform).scrape_interval_seconds
    scene = Scene(platform=platform, load=load, prometheus=prometheus, connection=Connection(api))
    types = [InstanceType(name=name, resources=_SIZE, price=1.0) for name in pool.instance_types]
    with ThreadPoolExecutor() as threads:
        starts = (
            threads.submit(scene.measure, is_measured=True, progress=progress),
            threads.submit(Keda(cluster).start, progress),
            threads.submit(Karpenter(cluster).start, types, progress),
        )
    for start in starts:
        start.result()
    progress("deploying a model on GPU nodes that do not exist yet")
    Deployer(api, STACK).deploy(kubernetes_objects(recorded(project, config)), lambda _: None)
    return scene
