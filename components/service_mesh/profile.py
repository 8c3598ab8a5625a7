"""The seam between the platform and its mesh: what a kind of mesh adds to pods, services and policies, and owns itself.

A profile is a class in a module of ``profiles/``. What it does not override is as without a mesh.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pulumi_kubernetes import networking
from pulumi_kubernetes.networking.v1 import NetworkPolicyPeerArgs

from components.network_peers import client_peers, namespace_peer
from components.service_mesh.args import ServiceMeshArgs
from components.service_mesh.mesh_object import MeshObject
from components.service_mesh.meshed_model import Identity, MeshedModel
from settings import Mesh


@dataclass(frozen=True, kw_only=True)
class PodMarks:
    """Labels and annotations of a pod; no selector may use them."""

    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """Where a server answers with its metrics."""

    port: int
    path: str


@dataclass(frozen=True, kw_only=True)
class Counter:
    """A counter of Prometheus, by its name and matchers of labels."""

    name: str
    matchers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RequestCounter(Counter):
    """A counter of requests to pods, by three labels: from which pods, and how they were answered.

    ``identity`` makes a regular expression for the label ``source`` of some pods; ``grpc_status`` is empty of requests
    that are no calls of gRPC.
    """

    source: str
    identity: Callable[[Identity], str]
    status: str
    grpc_status: str


@dataclass(frozen=True, kw_only=True)
class Kinds:
    """Kinds of an API group, as resources."""

    group: str
    resources: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class NamedPolicies(Kinds):
    """Objects of these kinds, in each of the group's ``versions``."""

    versions: Sequence[str]
    names: Sequence[str]


class Profile:
    """A kind of mesh."""

    def namespace_labels(self, _: Mesh, /) -> Mapping[str, str]:
        """What makes a namespace part of the mesh."""
        return {}

    def inside(self, _: Mesh, /, *, storage_ports: Sequence[int] = (), metrics: Metrics | None = None) -> PodMarks:
        """A pod of the mesh. It fetches from storage at ``storage_ports``, and serves ``metrics``, if it does."""
        del storage_ports, metrics
        return PodMarks()

    def outside(self, _: str, /) -> PodMarks:
        """A pod of the mesh's namespace that no mesh could protect, with the reason for it."""
        return PodMarks()

    def scraped(self, own: Metrics, /) -> Metrics:
        """Where metrics of a server are read that serves them at ``own``."""
        return own

    def failed_scrapes(self) -> Counter | None:
        """What counts the scrapes of a server that failed, though whatever answers in its place has answered them.

        None where the server answers itself, so that ``up`` tells.
        """
        return None

    def requests(self, _: Mesh, /) -> RequestCounter | None:
        """What counts a model's requests by who sent them; None where nobody sees that."""
        return None

    def clients(self, model: MeshedModel, /) -> Sequence[NetworkPolicyPeerArgs]:
        """The pods that may send requests to a model, by network policy."""
        return [namespace_peer(model.entrance.namespace)] if model.entrance else client_peers()

    def service_annotations(self, _: MeshedModel, /) -> Mapping[str, str]:
        """What the Services of a model say to the mesh."""
        return {}

    def kinds(self) -> Sequence[Kinds]:
        """The kinds of the mesh's objects."""
        return ()

    def kinds_of_models(self) -> Sequence[Kinds]:
        """Those of them that change with a model."""
        return ()

    def closing_policies(self) -> Sequence[NamedPolicies]:
        """The objects of these kinds that close the namespace of a stack, by name."""
        return ()

    def network_policy(self, _: str, __: ServiceMeshArgs, /) -> networking.v1.NetworkPolicyInitArgs | None:
        """What the pods of the mesh need of the network in addition to their own policies, by a policy of that name."""
        return None

    def closing(self, _: ServiceMeshArgs, /) -> Sequence[MeshObject]:
        """The objects that close the namespace; no pod starts before them."""
        return ()

    def objects(self, _: ServiceMeshArgs, /) -> Sequence[MeshObject]:
        """The other objects of the mesh."""
        return ()
