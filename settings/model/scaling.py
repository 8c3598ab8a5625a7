"""Horizontal autoscaling of a model."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field, Strict

from settings.model.scaling_target import (
    ArrivalRate,
    CpuUtilization,
    ExternalTarget,
    GpuUtilization,
    LatencyP95,
    MemoryUtilization,
    PodTarget,
    QueueLength,
    RequestRate,
    ResourceTarget,
    ScalingTarget,
)
from settings.model.schedule import Schedule
from settings.model.work_queue import WorkQueue
from settings.validation.issues import MISSING, Issue, refuse
from settings.validation.section import Count, Section, WholeNumber
from settings.values.promql import Promql

_MILLISECONDS = "a plain number of milliseconds"


def _milliseconds(value: object) -> object:
    """Reject a duration such as ``200ms``: autoscalers compare plain numbers."""
    if isinstance(value, str):
        duration = re.fullmatch(r"\s*([0-9]{1,6})\s*(ms)?\s*", value, re.ASCII)
        refuse(_MILLISECONDS, f"write {duration[1]}" if duration else "")
    return value


Percent = Annotated[WholeNumber, Field(ge=1, le=100)]
Rate = Annotated[float, Strict(), Field(gt=0, le=1_000_000, allow_inf_nan=False)]
Milliseconds = Annotated[WholeNumber, Field(ge=1, le=600_000), BeforeValidator(_milliseconds)]


class Scaling(Section):
    """Horizontal autoscaling of each version. The target that needs the most pods wins."""

    min_replicas: Annotated[WholeNumber, Field(ge=0, le=2**31 - 1)]
    """Minimum number of pods of each version; 0 scales an idle model to zero, which `prod` does not allow."""
    max_replicas: Count
    """Maximum number of pods of each version."""
    cpu_utilization_percent: Percent | None = 70
    """Target for the mean use of the requested CPU; `null` for none."""
    memory_utilization_percent: Percent | None = None
    """Target for the mean use of the requested memory; none by default, as a model's memory does not follow load."""
    requests_per_second: Rate | None = None
    """Target for the answered inference requests per second and pod."""
    latency_p95_milliseconds: Milliseconds | None = None
    """Target for the 95th percentile of the servers' latency, in milliseconds."""
    gpu_utilization_percent: Percent | None = None
    """Target for the mean use of the GPUs, as measured by NVIDIA's DCGM exporter: whole cards only."""
    queue: WorkQueue | None = None
    """Queue of the model's pending work."""
    arrivals_query: Promql | None = None
    """PromQL for the requests per second that arrive for the model, measured outside its pods, such as at the \
gateway; `requestsPerSecond` then applies to these."""
    schedules: tuple[Schedule, ...] = ()
    """Times with a minimum number of pods, regardless of the load."""
    fallback_replicas: Count | None = None
    """Minimum number of pods of each version while metrics are unavailable; pods are never removed then. By default \
their number does not change."""
    cold_start_seconds: Count | None = None
    """With `minReplicas: 0`, how long the first work after a pause may wait for a pod to be scheduled, copy the model \
and load it; clients need a longer timeout."""
    scale_down_window_seconds: Annotated[WholeNumber, Field(ge=0, le=3600)] = 300
    """How long the load must stay low before pods are removed."""

    @property
    def targets(self) -> tuple[ScalingTarget, ...]:
        """All targets; the one that needs the most pods wins."""
        return tuple(self._targets())

    @property
    def resource_targets(self) -> tuple[ResourceTarget, ...]:
        """The targets that Kubernetes' metrics server measures."""
        return tuple(target for target in self.targets if isinstance(target, ResourceTarget))

    @property
    def pod_targets(self) -> tuple[PodTarget, ...]:
        """The targets that Prometheus measures at the pods themselves."""
        return tuple(target for target in self.targets if isinstance(target, PodTarget))

    @property
    def external_targets(self) -> tuple[ExternalTarget, ...]:
        """The targets that Prometheus measures outside the pods."""
        return tuple(target for target in self.targets if isinstance(target, ExternalTarget))

    @property
    def prometheus_targets(self) -> tuple[PodTarget | ExternalTarget, ...]:
        """The targets that Prometheus measures."""
        return (*self.pod_targets, *self.external_targets)

    @property
    def keda_keys(self) -> tuple[str, ...]:
        """The keys that are set and that only KEDA supports."""
        return (
            *(["minReplicas"] if self.min_replicas == 0 else []),
            *(target.key for target in self.external_targets),
            *(["schedules"] if self.schedules else []),
            *(["fallbackReplicas"] if self.fallback_replicas else []),
        )

    @property
    def is_by_resources_alone(self) -> bool:
        """Whether Kubernetes' own autoscaler and metrics server are enough."""
        return not (self.prometheus_targets or self.keda_keys)

    def _targets(self) -> Iterator[ScalingTarget]:
        if self.cpu_utilization_percent:
            yield CpuUtilization(self.cpu_utilization_percent)
        if self.memory_utilization_percent:
            yield MemoryUtilization(self.memory_utilization_percent)
        if self.requests_per_second and not self.arrivals_query:
            yield RequestRate(self.requests_per_second)
        if self.latency_p95_milliseconds:
            yield LatencyP95(self.latency_p95_milliseconds)
        if self.gpu_utilization_percent:
            yield GpuUtilization(self.gpu_utilization_percent)
        if self.queue:
            yield QueueLength(self.queue.query, self.queue.length_per_pod)
        if self.requests_per_second and self.arrivals_query:
            yield ArrivalRate(self.arrivals_query, self.requests_per_second)

    def issues(self) -> Iterator[Issue]:
        """Check that the numbers of pods are consistent, and that nothing is set that has no effect."""
        if self.max_replicas < self.min_replicas:
            yield Issue(
                path=("maxReplicas",),
                found=f"{self.max_replicas}, less than minReplicas {self.min_replicas}",
                expected=f"at least {self.min_replicas}",
                hint="set both: a number the stack leaves out is the environment's default",
            )
        if not (self.targets or self.schedules):
            yield Issue(
                path=("cpuUtilizationPercent",),
                found="null, and no other target",
                expected="a target to scale by",
                hint="or set replicas instead of scaling",
            )
        yield from self._bound_issues()
        yield from self._ineffective_issues()
        if self.min_replicas == 0:
            yield from self._zero_issues()

    def _bound_issues(self) -> Iterator[Issue]:
        scheduled = [(("schedules", index, "replicas"), each.replicas) for index, each in enumerate(self.schedules)]
        fallback = [(("fallbackReplicas",), self.fallback_replicas)] if self.fallback_replicas else []
        for path, replicas in [*scheduled, *fallback]:
            if not self.min_replicas <= replicas <= self.max_replicas:
                yield Issue(
                    path=path,
                    found=str(replicas),
                    expected=f"from minReplicas {self.min_replicas} to maxReplicas {self.max_replicas}",
                )

    def _ineffective_issues(self) -> Iterator[Issue]:
        if self.fallback_replicas and not self.prometheus_targets:
            yield _no_effect("fallbackReplicas", "a target that Prometheus measures")
        if self.arrivals_query and self.requests_per_second is None:
            yield _no_effect("arrivalsQuery", "requestsPerSecond")
        if self.cold_start_seconds and self.min_replicas > 0:
            yield _no_effect("coldStartSeconds", "minReplicas 0")

    def _zero_issues(self) -> Iterator[Issue]:
        """At zero pods, only metrics from elsewhere can signal work; those of the pods are gone."""
        if self.queue is None and self.arrivals_query is None:
            yield Issue(
                path=("minReplicas",),
                found="0, but nothing would start the model again",
                expected="queue, or requestsPerSecond with arrivalsQuery, along with minReplicas 0",
            )
        for target in self.pod_targets:
            yield Issue(
                path=(target.key,),
                found="measured at the pods, of which minReplicas 0 leaves none",
                expected="minReplicas of at least 1, or a target measured elsewhere: queue or arrivalsQuery",
            )
        if self.cold_start_seconds is None:
            yield Issue(
                path=("coldStartSeconds",),
                found=MISSING,
                expected="how long the first work after a pause may wait",
                hint="with minReplicas 0 it waits for a pod, for the model's files and for their loading",
            )


def _no_effect(key: str, needed: str) -> Issue:
    return Issue(path=(key,), found=f"has no effect without {needed}", expected=f"{needed}, or no {key}")
