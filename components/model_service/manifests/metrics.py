"""Where a server answers with its metrics."""

from components.model_service.args import ServedVersion
from components.model_service.runtimes import Series
from components.service_mesh.profile import Metrics
from components.service_mesh.profiles import profile_of


def own_metrics(served: ServedVersion) -> Metrics:
    """Where the server itself answers."""
    return Metrics(port=served.server.metrics_port, path=served.server.metrics_path)


def scraped_metrics(served: ServedVersion) -> Metrics:
    """Where they are read: at the server, or at what the mesh puts in front of it."""
    return profile_of(served.args.mesh).scraped(own_metrics(served))


def failed_scrapes(served: ServedVersion) -> Series | None:
    """The counter that tells of a server in a mesh that does not answer with its metrics; ``up`` does not."""
    counter = profile_of(served.args.mesh).failed_scrapes()
    return Series(name=counter.name, matchers=counter.matchers) if counter else None
