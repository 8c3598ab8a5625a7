"""The serving runtimes. Another one is a file here and an entry in `RUNTIMES`; CONTRIBUTING.md lists what else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from components.model_service.runtimes import tensorflow_serving, torchserve, triton
from components.model_service.runtimes.server import LoadMetrics, Probes, Readiness, Series, Server, Timed
from settings import Devices, Model, ResourceClass, Version


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """A serving runtime: how it serves a version of a model, and how it reports readiness."""

    server: Callable[[Model, Version, ResourceClass, Devices | None], Server]
    readiness: Readiness


RUNTIMES: Mapping[str, Runtime] = {
    "tensorflow-serving": Runtime(server=tensorflow_serving.server, readiness=tensorflow_serving.READINESS),
    "triton": Runtime(server=triton.server, readiness=triton.READINESS),
    "torchserve": Runtime(server=torchserve.server, readiness=torchserve.READINESS),
}

__all__ = ["RUNTIMES", "LoadMetrics", "Probes", "Readiness", "Runtime", "Series", "Server", "Timed", "server_of"]


def server_of(model: Model, version: Version, resources: ResourceClass, devices: Devices | None) -> Server:
    """The server with which the model's runtime serves ``version`` on ``resources`` and ``devices``."""
    return RUNTIMES[model.runtime].server(model, version, resources, devices)
