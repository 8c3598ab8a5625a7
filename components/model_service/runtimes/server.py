"""The description of a serving runtime: workloads, services and policies are made from this alone."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_kubernetes.core.v1 import ProbeArgs

from settings import Model, ResourceClass, Warmup, quantity_value
from settings.model.server_settings import flag_text

MODELS_DIRECTORY = "/models"
CONFIGURATION_DIRECTORY = "/etc/model-server"

STARTUP_PROBE_SECONDS = 2
"""The period of startup probes: half of it passes, on average, between a loaded model and a ready pod."""


@dataclass(frozen=True, kw_only=True)
class Probes:
    """The kubelet's three probes: whether it has started, can receive requests, and must be restarted."""

    startup: ProbeArgs
    readiness: ProbeArgs
    liveness: ProbeArgs


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """What a readiness probe must request from a runtime; the admission rules are generated from it.

    ``image`` is a regular expression that matches part of the names of the runtime's images, and ``path`` one that
    matches the whole path of a request that succeeds only once the model is loaded; ``example_path`` is such a path.
    ``has_grpc_health`` is whether the runtime's gRPC health service reports the same.
    """

    image: str
    path: str
    example_path: str
    has_grpc_health: bool = False


@dataclass(frozen=True, kw_only=True)
class Series:
    """Series of a server's metrics: their name, and PromQL matchers of what is counted, such as ``status="OK"``."""

    name: str
    matchers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Timed:
    """Two counters: the time that something took altogether, and how often it happened."""

    total: Series
    count: Series


@dataclass(frozen=True, kw_only=True)
class LoadMetrics:
    """The metrics that measure a server's load.

    ``requests`` is a counter of inference requests, not counting probes; ``latency_buckets`` is the histogram of
    their latency with the label ``le``, in units of which ``units_per_millisecond`` make a millisecond. A runtime that
    has none cannot be scaled by latency: the settings reject it. ``failures`` is a counter of inference requests that
    were answered with an error, over REST as over gRPC; None if the runtime does not count all of them.
    ``own_failures`` are those of them that are not the client's, where the runtime tells them apart.

    ``latency`` is the time of all answers, ``queue`` how long requests waited for their batch or worker, ``warmup`` how
    long a server warmed up, in the same units and where the runtime counts them.
    """

    requests: Series
    latency_buckets: Series | None = None
    failures: Series | None = None
    own_failures: Series | None = None
    units_per_millisecond: int = 1
    latency: Timed | None = None
    queue: Timed | None = None
    warmup: Timed | None = None


@dataclass(frozen=True, kw_only=True)
class Server:
    """One model server.

    ``files`` are text by file name, mounted at ``configuration_directory``; the model lies in
    ``MODELS_DIRECTORY/<name>/<version>``, by its name in requests. ``metrics_path`` is served on ``metrics_port``.
    ``grpc_methods`` are the gRPC methods that clients call, as ``package.Service/Method``, and none that manages the
    server. ``http_prefix`` is the path that their HTTP requests begin with, and ``http_paths`` are these paths: ``{*}``
    stands for one segment, and ``*`` at the end for anything. ``start_timeout_seconds`` is the time limit of the
    startup probe. ``load_metrics`` measure its load. ``warmup`` is whether the model must contain warm-up requests in
    TensorFlow Serving's format, and ``needed_file`` is a file without which the server would wait in silence.
    ``scratch_mebibytes`` limits what it writes to the scratch directory, and ``shared_memory_mebibytes`` its shared
    memory, if it needs more than the 64 MiB of every container.
    """

    command: tuple[str, ...]
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    files: Mapping[str, str]
    grpc_port: int
    http_port: int
    metrics_port: int
    metrics_path: str
    grpc_methods: tuple[str, ...]
    http_prefix: str
    http_paths: tuple[str, ...]
    probes: Probes
    start_timeout_seconds: int
    load_metrics: LoadMetrics
    warmup: Warmup = Warmup.OPTIONAL
    needed_file: str = ""
    configuration_directory: str = CONFIGURATION_DIRECTORY
    scratch_mebibytes: int = 64
    shared_memory_mebibytes: int = 0

    @property
    def grpc_services(self) -> tuple[str, ...]:
        """The full names of the gRPC services that have the methods, each once."""
        return tuple(dict.fromkeys(method.partition("/")[0] for method in self.grpc_methods))


def threads_of(resources: ResourceClass) -> int:
    """One thread per CPU of the container: a library that counts the node's CPUs instead is throttled."""
    return math.ceil(quantity_value(resources.cpu))


def flags_of(model: Model) -> tuple[str, ...]:
    """The flags that the stack sets, as arguments."""
    return tuple(f"--{name}={flag_text(value)}" for name, value in model.server_flags.items())


def connection_milliseconds(model: Model) -> int:
    """How long a server keeps a gRPC connection; 0 for any time, where servers stop without a drain.

    A client keeps its connection for as long as it can, and with it the pod: it would see neither new pods nor new
    versions, and lose requests when its pod stops. Asked to connect again it gets any ready pod, and does so without
    losing a request. Within a drain that happens to all connections: gRPC varies the time by 10 %, and a pod gets new
    ones for a second or two after its drain has begun (docs/load.md).
    """
    return model.drain_seconds * 1000 * 6 // 10
