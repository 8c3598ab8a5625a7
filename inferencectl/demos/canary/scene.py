"""A sandbox with the real Flagger and Prometheus, and one model that is released progressively."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kubernetes.client import ApiClient
from kubernetes.config import new_client_from_config

import settings
from inferencectl.demos.autoscaling.scraping import models_configuration
from inferencectl.demos.canary.simulated_requests import SimulatedRequests, requested
from inferencectl.demos.canary.stack import MODEL, STACK, configured, recorded
from inferencectl.demos.canary.timeline import Sample
from inferencectl.deployer import Deployer, kubernetes_objects
from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.progressive import refuse_interrupted_releases
from inferencectl.deployer.resources import Resources
from inferencectl.sandbox.control_plane import ControlPlane
from inferencectl.sandbox.controllers import Flagger, Prometheus
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.sandbox.toolchain.builds import build_missing
from inferencectl.sandbox.toolchain.toolchain import FLAGGER, PROMETHEUS, TOOLS
from inferencectl.workspace.project import Project
from settings import RELEASE_PROTOCOLS

_SCRAPE_SECONDS = 1
_LOOP_SECONDS = 1

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The model in its cluster, its simulated requests, and what can be observed of it."""

    project: Project
    api: ApiClient
    namespace: str
    prometheus: str
    requests: SimulatedRequests

    def release(self, versions: Sequence[int], candidate: int | None) -> None:
        """Deploy the stack with these versions, of which the first has the clients."""
        recording = recorded(self.project, configured(self.prometheus, versions, candidate))
        objects = kubernetes_objects(recording)
        refuse_interrupted_releases(Resources(self.api), objects)
        Deployer(self.api, STACK).deploy(objects, lambda _: None)

    def look(self, beginning: float) -> Sample:
        """Sample the routes and the Canaries."""
        percents = {
            protocol: {
                version: round(100 * share) for version, share in self.requests.shares_of(MODEL, protocol).items()
            }
            for protocol in RELEASE_PROTOCOLS
        }
        phases = {protocol: self._phase(f"{MODEL}-{protocol}") for protocol in RELEASE_PROTOCOLS}
        return Sample(seconds=time.monotonic() - beginning, percents=percents, phases=phases)

    def _phase(self, name: str) -> str:
        key = ObjectKey(group="flagger.app", version="v1beta1", kind="Canary", namespace=self.namespace, name=name)
        return ((Resources(self.api).get(key) or {}).get("status") or {}).get("phase", "")


@contextmanager
def running_scene(project: Project, directory: Path, progress: Progress) -> Iterator[Scene]:
    """Yields the scene, with version 1 ready, in the sandbox `directory`; deletes it at exit, also after an error.

    Raises SandboxError if a program cannot be built or started, or if the model does not become ready.
    """
    # Before anything starts, so that they are built side by side and an interruption stops them.
    build_missing((*TOOLS, FLAGGER, PROMETHEUS), toolchain.cache_directory(), progress)
    plane = ControlPlane(directory, toolchain.ensure(progress))
    # A killed run leaves everything behind.
    plane.delete(progress)
    with plane.disposable(progress) as cluster, new_client_from_config(str(cluster.kubeconfig)) as api:
        prometheus, flagger = Prometheus(cluster), Flagger(cluster)
        platform = settings.load(STACK, configured(prometheus.url, (1,), None))
        with requested(SimulatedRequests(), api, platform.namespace) as requests:
            scraping = models_configuration(prometheus.kubeconfig, platform.namespace, requests.port, _SCRAPE_SECONDS)
            with ThreadPoolExecutor() as threads:
                starts = (
                    threads.submit(prometheus.start, scraping, progress),
                    threads.submit(flagger.start, progress, loop_seconds=_LOOP_SECONDS),
                )
            for start in starts:
                start.result()
            scene = Scene(
                project=project,
                api=api,
                namespace=platform.namespace,
                prometheus=prometheus.url,
                requests=requests,
            )
            progress("deploying version 1, which gets all requests")
            scene.release((1,), None)
            yield scene
