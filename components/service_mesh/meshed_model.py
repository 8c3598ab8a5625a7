"""A model as the mesh sees it, whatever serves it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from settings import Caller, ModelMesh


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Pods by the identity that the mesh gives them; every ServiceAccount of the namespace where none is named."""

    namespace: str
    service_account: str | None = None


@dataclass(frozen=True, kw_only=True)
class Address:
    """A Service of a model, and its ports."""

    service: str
    ports: Sequence[int]


@dataclass(frozen=True, kw_only=True)
class MeshedModel:
    """``labels`` select the pods of all versions; ``service`` is the stable one of the ``addresses``. Clients send HTTP
    requests to ``http_paths``, and call ``grpc_methods``. ``entrance`` are the pods by which requests come from
    outside, if they may. ``keeps_clients_on_one_pod`` is whether a client stays with one pod.
    """

    service: str
    addresses: Sequence[Address]
    labels: Mapping[str, str]
    http_port: int
    http_paths: Sequence[str]
    grpc_port: int
    grpc_methods: Sequence[str]
    entrance: Identity | None
    callers: Sequence[Caller]
    wanted: ModelMesh
    keeps_clients_on_one_pod: bool = False

    @property
    def inside(self) -> Sequence[Caller]:
        """The callers whose own pods call the model."""
        return tuple(caller for caller in self.callers if caller.namespace is not None)

    @property
    def outside(self) -> Sequence[Caller]:
        """The callers that come by the entrance, each with a token."""
        return tuple(caller for caller in self.callers if caller.namespace is None)

    @property
    def client_namespaces(self) -> Sequence[str]:
        """The namespaces that requests to the model come from, each once."""
        entrance = [self.entrance.namespace] if self.entrance else []
        own = [caller.namespace for caller in self.inside if caller.namespace is not None]
        return tuple(dict.fromkeys([*entrance, *own]))
