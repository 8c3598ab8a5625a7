"""What every serving runtime says of itself: the workloads, services and policies are made from this alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_kubernetes.core.v1 import ProbeArgs

MODELS_DIRECTORY = "/models"
CONFIGURATION_DIRECTORY = "/etc/model-server"


@dataclass(frozen=True, kw_only=True)
class Probes:
    """The three questions of the kubelet: has it started, may it get requests, must it be restarted."""

    startup: ProbeArgs
    readiness: ProbeArgs
    liveness: ProbeArgs


@dataclass(frozen=True, kw_only=True)
class Series:
    """Series of a server's metrics: their name, and PromQL matchers of what counts, such as ``status="OK"``."""

    name: str
    matchers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LoadMetrics:
    """The metrics that a server's load is seen by.

    ``requests`` is a counter of answered inference requests, probes not among them; ``latency_buckets`` is their
    histogram with the label ``le``, in units of which ``units_per_millisecond`` make a millisecond.
    """

    requests: Series
    latency_buckets: Series
    units_per_millisecond: int


@dataclass(frozen=True, kw_only=True)
class Server:
    """One model server.

    ``files`` are text by file name, mounted at :data:`CONFIGURATION_DIRECTORY`; the model lies in
    ``MODELS_DIRECTORY/<model>/<version>``. ``metrics_path`` is served on ``http_port``. ``grpc_services`` are the full
    names of the gRPC services that clients call, and ``http_prefix`` is the path that their HTTP requests begin with.
    ``start_timeout_seconds`` is how long the startup probe is patient. ``load_metrics`` are what it is scaled by.
    """

    command: tuple[str, ...]
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    files: Mapping[str, str]
    grpc_port: int
    http_port: int
    metrics_path: str
    grpc_services: tuple[str, ...]
    http_prefix: str
    probes: Probes
    start_timeout_seconds: int
    load_metrics: LoadMetrics
