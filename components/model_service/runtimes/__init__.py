"""The seam of the serving runtimes: a further one is a file here, its name below, and its images in versions.py."""

from collections.abc import Callable, Mapping

from components.model_service.runtimes import tensorflow_serving, torchserve, triton
from components.model_service.runtimes.server import LoadMetrics, Probes, Series, Server
from settings import Devices, Model, ResourceClass, Version

Runtime = Callable[[Model, Version, ResourceClass, Devices | None], Server]

RUNTIMES: Mapping[str, Runtime] = {
    "tensorflow-serving": tensorflow_serving.server,
    "torchserve": torchserve.server,
    "triton": triton.server,
}

__all__ = ["RUNTIMES", "LoadMetrics", "Probes", "Runtime", "Series", "Server", "server_of"]


def server_of(model: Model, version: Version, resources: ResourceClass, devices: Devices | None) -> Server:
    """What the model's runtime needs to serve ``version`` with ``resources`` and ``devices``."""
    return RUNTIMES[model.runtime](model, version, resources, devices)
