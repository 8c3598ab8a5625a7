"""A stack's sandbox as the commands use it: its cluster and what is deployed there."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from kubernetes import client, config

from inferencectl.after_failure import situation_told
from inferencectl.capacity import pool_limits, require_room
from inferencectl.changes import Outcome, Plan
from inferencectl.deployer import Deployer, deployment_lock, kubernetes_objects, plain_objects
from inferencectl.deployer.connection import Connection
from inferencectl.deployer.progressive import refuse_interrupted_releases
from inferencectl.deployer.resources import Resources
from inferencectl.deployer.storage_classes import refuse_unknown_storage_classes
from inferencectl.engines import DeploymentEngine, owner
from inferencectl.existing_cluster import port_forward
from inferencectl.existing_cluster.existing_cluster import ExistingCluster
from inferencectl.program.recording import Recording
from inferencectl.pulumi.engine import PulumiEngine
from inferencectl.releases.records import ReleaseRecords
from inferencectl.sandbox.cluster_status import Cluster, State, Status
from inferencectl.sandbox.control_plane import ControlPlane
from inferencectl.sandbox.images.oci import LocalImage
from inferencectl.sandbox.kubectl import Kubectl
from inferencectl.sandbox.local_addresses import LocalAddresses, service_ports
from inferencectl.sandbox.node.forward import forwarder
from inferencectl.sandbox.node.real_node import RealNode
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.stack_cluster import StackCluster
from inferencectl.stack_nodes import NodeKind, StackNodes
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.project import Project
from settings import Platform

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Workload:
    """The servers of one model version: how many are wanted and how many are ready."""

    kind: str
    name: str
    ready: int
    wanted: int


@dataclass(frozen=True, kw_only=True)
class StackSandbox:
    """One stack of a checkout and the sandbox that stands in for its cluster."""

    project: Project
    stack: str

    def start(self, context: str, progress: Progress) -> Cluster:
        """Start the cluster that the stack names `context`; returns at once if it is already running."""
        if existing := self.cluster.existing(progress):
            self.cluster.require_named(context)
            return existing.start()
        return self._control_plane((context,), progress).start(progress)

    @property
    def cluster(self) -> StackCluster:
        """Whether the cluster is a sandbox or one that is there already."""
        return StackCluster(project=self.project, stack=self.stack)

    def choose_nodes(self, wanted: NodeKind | None, progress: Progress) -> None:
        """Record which nodes the sandbox gets, see `StackNodes.choose`; a cluster that is there has its own."""
        if self.cluster.context is None:
            self.nodes.choose(wanted, progress)
        elif wanted is not None:
            raise SandboxError(
                f"the stack {self.stack} is on the cluster of {self.cluster.context}, whose nodes are as they are",
                "leave NODES= out",
                exit_code=BAD_INPUT,
            )

    def import_images(self, images: Iterable[LocalImage], progress: Progress) -> None:
        """Give images to the nodes whose pods run; raises SandboxError if there are none, or one takes no image."""
        if existing := self.cluster.existing(progress):
            existing.import_images(images, progress)
        else:
            self.require_real_node(progress).import_images(images, progress)

    @property
    def nodes(self) -> StackNodes:
        """The nodes that the cluster is started with."""
        return StackNodes(project=self.project, stack=self.stack)

    def require_real_node(self, progress: Progress) -> RealNode:
        """The real node of the cluster, running or not; raises SandboxError if there is none."""
        node = self._control_plane((), progress).real_node
        if node is None:
            raise SandboxError(f"the sandbox of {self.stack} has no real node", "start it with NODES=real")
        return node

    def connect(self, cluster: Cluster, namespaces: Sequence[str], progress: Progress) -> None:
        """Make Services of `namespaces` (elsewhere: the first) reachable from here, unless their pods are simulated."""
        if self.cluster.context:
            found = service_ports(self.kubectl(cluster, progress), namespaces[0])
            ports = [replace(port, address=port.service) for port in found]
            self._local_addresses.ensure(port_forward.forwarder(cluster.kubeconfig, namespaces[0]), ports)
        elif self.nodes.kind is NodeKind.REAL:
            first = self.require_real_node(progress).processes.first
            kubectl = self.kubectl(cluster, progress)
            ports = [port for namespace in namespaces for port in service_ports(kubectl, namespace)]
            self._local_addresses.ensure(forwarder(first.pid), ports)

    @property
    def local_addresses(self) -> Mapping[str, str]:
        """`127.0.0.1:PORT` by `SERVICE:PORT-NAME`, as `connect` has made them; empty where nothing is connected."""
        return self._local_addresses.known()

    @property
    def _local_addresses(self) -> LocalAddresses:
        return LocalAddresses(directory=self.project.cluster_directory(self.stack))

    def kubectl(self, cluster: Cluster, progress: Progress) -> Kubectl:
        """kubectl for the cluster."""
        return Kubectl(executable=toolchain.ensure(progress).kubectl, kubeconfig=cluster.kubeconfig)

    @contextmanager
    def situation_told(self, cluster: Cluster, platform: Platform) -> Iterator[None]:
        """Let a failed deployment say where clients are now, and what the next one does."""
        with _api(cluster.kubeconfig) as api, situation_told(api, platform):
            yield

    @contextmanager
    def releases(self, cluster: Cluster, namespace: str) -> Iterator[ReleaseRecords]:
        """The records of the releases of the models in `namespace`."""
        with _api(cluster.kubeconfig) as api:
            yield ReleaseRecords(api, namespace)

    def deploy(self, cluster: Cluster, recording: Recording, progress: Progress) -> Outcome:
        """Deploy the recording to the cluster; call within :meth:`exclusively`, like :meth:`start`."""
        with _deployer(cluster, self.stack) as deployer:
            return deployer.deploy(kubernetes_objects(recording), progress)

    def preview(self, cluster: Cluster, recording: Recording) -> Plan:
        """What :meth:`deploy` would change."""
        with _deployer(cluster, self.stack) as deployer:
            return deployer.preview(kubernetes_objects(recording))

    def refuse_impossible(self, cluster: Cluster, recording: Recording, platform: Platform) -> None:
        """Refuse, for either engine, a change that would lose data or that cannot succeed; writes nothing.

        Raises:
            SandboxError: with what is in the way, and what to change.
        """
        objects = plain_objects(recording)
        with _api(cluster.kubeconfig) as api:
            Deployer(api, self.stack).refuse_lost_data(objects)
            refuse_unknown_storage_classes(Resources(api), objects)
            refuse_interrupted_releases(Resources(api), objects)
            require_room(Resources(api), objects, pool_limits(platform.pools))

    def pulumi_up(self, cluster: Cluster, recording: Recording, progress: Progress) -> Outcome:
        """Deploy with Pulumi the program, which was recorded and accepted by the policies."""
        return self._pulumi(cluster).up(progress, plain_objects(recording))

    def pulumi_preview(self, cluster: Cluster, progress: Progress) -> Plan:
        """What :meth:`pulumi_up` would change."""
        with self.exclusively():
            return self._pulumi(cluster).preview(progress)

    def pulumi_recover(self, cluster: Cluster, progress: Progress) -> bool:
        """Put right what a killed Pulumi has left; False if there was nothing of the kind."""
        with self.exclusively():
            return self._pulumi(cluster).recover(progress)

    def _pulumi(self, cluster: Cluster) -> PulumiEngine:
        return PulumiEngine(project=self.project, stack=self.stack, kubeconfig=cluster.kubeconfig)

    def status(self, progress: Progress) -> Status:
        """The state of the control plane."""
        if not self.project.cluster_directory(self.stack).exists():
            return Status(state=State.ABSENT, cluster=None, processes={})
        if existing := self.cluster.existing(progress):
            return existing.status()
        return self._control_plane((), progress).status()

    def delete(self, progress: Progress) -> bool:
        """Stop the cluster and delete everything the sandbox keeps for the stack; False if there was nothing.

        In a cluster that was there before, what the stack has made is deleted.
        """
        with self.exclusively():
            directory, kept = self.project.cluster_directory(self.stack), self.project.sandbox_directory(self.stack)
            is_there = directory.exists() or kept.exists()
            if existing := self.cluster.existing(progress):
                self._clear(existing, progress)
            elif directory.exists():
                ControlPlane(directory, toolchain.ensure(progress)).delete(progress)
            shutil.rmtree(kept, ignore_errors=True)
        return is_there

    def _clear(self, existing: ExistingCluster, progress: Progress) -> None:
        cluster = existing.start()
        if owner(self.project.sandbox_directory(self.stack)) is DeploymentEngine.PULUMI:
            self._pulumi(cluster).destroy(progress)
        else:
            with _deployer(cluster, self.stack) as deployer:
                deployer.destroy(progress)
        existing.delete_what_was_made(progress)
        existing.forget()

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Exclude concurrent deployments and deletion of this stack."""
        with deployment_lock(self.project.deployment_lock(self.stack)):
            yield

    def _control_plane(self, contexts: tuple[str, ...], progress: Progress) -> ControlPlane:
        tools = toolchain.ensure(progress)
        nodes = self.nodes.made(progress)
        return ControlPlane(self.project.cluster_directory(self.stack), tools, contexts, nodes=nodes)


def workloads(cluster: Cluster, namespace: str) -> tuple[Workload, ...]:
    """The model servers in ``namespace`` and their readiness."""
    with _api(cluster.kubeconfig) as api:
        connection = Connection(api)
        return tuple(
            Workload(
                kind=kind,
                name=item["metadata"]["name"],
                ready=item["status"].get("readyReplicas", 0),
                wanted=item["spec"].get("replicas", 0),
            )
            for kind, plural in (("Deployment", "deployments"), ("StatefulSet", "statefulsets"))
            for item in connection.request(
                "GET", f"/apis/apps/v1/namespaces/{namespace}/{plural}", subject=f"{plural} in {namespace}"
            )["items"]
        )


@contextmanager
def _deployer(cluster: Cluster, stack: str) -> Iterator[Deployer]:
    with _api(cluster.kubeconfig) as api:
        yield Deployer(api, stack)


@contextmanager
def _api(kubeconfig: Path) -> Iterator[client.ApiClient]:
    with config.new_client_from_config(str(kubeconfig), context="sandbox") as api:
        yield api
