"""The addresses of a model, as the mesh sees them."""

from collections.abc import Sequence

from components.model_service.runtimes import Server
from components.service_mesh.meshed_model import Address
from settings import Model, ProgressiveRelease, release_services


def addresses(model: Model, versions: Sequence[str], server: Server) -> Sequence[Address]:
    """The Services of a model, whose ``versions`` have one each, and of which a progressive release has more."""
    ports = {"http": server.http_port, "grpc": server.grpc_port}
    led = release_services(model.name) if isinstance(model.release, ProgressiveRelease) else ()
    return [
        *(Address(service=name, ports=[*ports.values()]) for name in (model.name, *versions)),
        *(Address(service=name, ports=[ports[protocol]]) for name, protocol in led),
    ]
