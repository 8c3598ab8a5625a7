"""Targets of autoscaling: one type for each metric, with its value. Match them all and end with ``assert_never``."""

from dataclasses import dataclass
from typing import ClassVar, TypeAlias


@dataclass(frozen=True)
class CpuUtilization:
    """Mean use of the requested CPU, in percent."""

    key: ClassVar[str] = "cpuUtilizationPercent"
    percent: int


@dataclass(frozen=True)
class MemoryUtilization:
    """Mean use of the requested memory, in percent."""

    key: ClassVar[str] = "memoryUtilizationPercent"
    percent: int


@dataclass(frozen=True)
class RequestRate:
    """Answered inference requests per second and pod."""

    key: ClassVar[str] = "requestsPerSecond"
    per_second: float


@dataclass(frozen=True)
class LatencyP95:
    """95th percentile of the servers' latency."""

    key: ClassVar[str] = "latencyP95Milliseconds"
    milliseconds: int


@dataclass(frozen=True)
class GpuUtilization:
    """Mean use of the GPUs, in percent."""

    key: ClassVar[str] = "gpuUtilizationPercent"
    percent: int


@dataclass(frozen=True)
class QueueLength:
    """Queued work per pod; ``query`` is the PromQL for the whole queue."""

    key: ClassVar[str] = "queue"
    query: str
    per_pod: int


@dataclass(frozen=True)
class ArrivalRate:
    """Arriving requests per second and pod; ``query`` is the PromQL for all of them."""

    key: ClassVar[str] = "arrivalsQuery"
    query: str
    per_second: float


ResourceTarget: TypeAlias = CpuUtilization | MemoryUtilization
"""Measured by Kubernetes' metrics server."""
PodTarget: TypeAlias = RequestRate | LatencyP95 | GpuUtilization
"""Measured by Prometheus at the pods themselves: without pods there is no value."""
ExternalTarget: TypeAlias = QueueLength | ArrivalRate
"""Measured by Prometheus outside the pods, for all versions of the model together."""
ScalingTarget: TypeAlias = ResourceTarget | PodTarget | ExternalTarget
