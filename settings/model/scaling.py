"""How the number of a model's pods follows its load."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field, Strict

from settings.model.schedule import Schedule
from settings.model.work_queue import WorkQueue
from settings.validation.issues import MISSING, Issue, refuse
from settings.validation.section import Count, Section, WholeNumber
from settings.values.promql import Promql

_MILLISECONDS = "a plain number of milliseconds"


def _milliseconds(value: object) -> object:
    """A duration such as ``200ms`` is no target that an autoscaler knows."""
    if isinstance(value, str):
        duration = re.fullmatch(r"\s*([0-9]{1,6})\s*(ms)?\s*", value, re.ASCII)
        refuse(_MILLISECONDS, f"write {duration[1]}" if duration else "")
    return value


Percent = Annotated[WholeNumber, Field(ge=1, le=100)]
Rate = Annotated[float, Strict(), Field(gt=0, le=1_000_000, allow_inf_nan=False)]
Milliseconds = Annotated[WholeNumber, Field(ge=1, le=600_000), BeforeValidator(_milliseconds)]


class Scaling(Section):
    """Horizontal autoscaling of each version between two numbers of pods, as far as the hungriest target demands."""

    min_replicas: Annotated[WholeNumber, Field(ge=0, le=2**31 - 1)]
    """Pods of each version that always run; 0 lets a model without work go, which `prod` does not allow."""
    max_replicas: Count
    """Pods of each version that run at most."""
    cpu_utilization_percent: Percent | None = 70
    """Mean use of the requested CPU that is aimed at; `null` for none."""
    memory_utilization_percent: Percent | None = None
    """Mean use of the requested memory that is aimed at; off by default, as a model's memory does not follow load."""
    requests_per_second: Rate | None = None
    """Answered inference requests per second that each pod is to have."""
    latency_p95_milliseconds: Milliseconds | None = None
    """95th percentile of the servers' latency that is aimed at, in milliseconds."""
    gpu_utilization_percent: Percent | None = None
    """Mean use of the GPUs that is aimed at, as NVIDIA's DCGM exporter measures it."""
    queue: WorkQueue | None = None
    """Queue that the model's work waits in."""
    arrivals_query: Promql | None = None
    """Requests per second that arrive for the model, measured outside its pods, such as at the gateway; \
`requestsPerSecond` then counts these."""
    schedules: tuple[Schedule, ...] = ()
    """Times at which more pods run than the load asks for."""
    fallback_replicas: Count | None = None
    """Pods of each version that run at least while metrics are lost; fewer than before it never becomes. Without it \
the number stays as it is."""
    cold_start_seconds: Count | None = None
    """With `minReplicas: 0`, how long the first work after a pause may wait for a pod that is scheduled, has copied \
the model and has loaded it; clients need a longer time-out."""
    scale_down_window_seconds: Annotated[WholeNumber, Field(ge=0, le=3600)] = 300
    """How long the load must stay low before pods are taken away."""

    @property
    def resource_targets(self) -> Mapping[str, int]:
        """The mean use in percent that is aimed at, by the resource that each pod requests."""
        targets = {"cpu": self.cpu_utilization_percent, "memory": self.memory_utilization_percent}
        return {resource: percent for resource, percent in targets.items() if percent is not None}

    @property
    def pod_metrics(self) -> Mapping[str, float]:
        """The targets that Prometheus measures at the pods themselves, by their key."""
        at_pods = {
            "requestsPerSecond": None if self.arrivals_query else self.requests_per_second,
            "latencyP95Milliseconds": self.latency_p95_milliseconds,
            "gpuUtilizationPercent": self.gpu_utilization_percent,
        }
        return {key: target for key, target in at_pods.items() if target is not None}

    @property
    def measured_keys(self) -> tuple[str, ...]:
        """The keys whose targets Prometheus measures."""
        outside = {"queue": self.queue, "arrivalsQuery": self.arrivals_query}
        return (*self.pod_metrics, *(key for key, value in outside.items() if value is not None))

    @property
    def keda_keys(self) -> tuple[str, ...]:
        """The keys that only KEDA can do."""
        only = {
            "minReplicas": None if self.min_replicas else 0,
            "queue": self.queue,
            "arrivalsQuery": self.arrivals_query,
            "schedules": self.schedules or None,
            "fallbackReplicas": self.fallback_replicas,
        }
        return tuple(key for key, value in only.items() if value is not None)

    @property
    def is_by_resources_alone(self) -> bool:
        """Whether Kubernetes' own autoscaler and metrics server are enough."""
        return not (self.measured_keys or self.keda_keys)

    def issues(self) -> Iterator[Issue]:
        """The numbers of pods are in order, and nothing is set that has no effect."""
        if self.max_replicas < self.min_replicas:
            yield Issue(
                path=("maxReplicas",),
                found=f"{self.max_replicas}, less than minReplicas {self.min_replicas}",
                expected=f"at least {self.min_replicas}",
                hint="set both: a number the stack leaves out is the environment's default",
            )
        if not (self.resource_targets or self.measured_keys or self.schedules):
            yield Issue(
                path=("cpuUtilizationPercent",),
                found="null, and no other target",
                expected="a target to scale by",
                hint="or replicas instead of scaling",
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
        if self.fallback_replicas and not self.measured_keys:
            yield _without_effect("fallbackReplicas", "a target that Prometheus measures")
        if self.arrivals_query and self.requests_per_second is None:
            yield _without_effect("arrivalsQuery", "requestsPerSecond")
        if self.cold_start_seconds and self.min_replicas > 0:
            yield _without_effect("coldStartSeconds", "minReplicas 0")

    def _zero_issues(self) -> Iterator[Issue]:
        """At zero pods only what is measured elsewhere can tell that there is work; the pods' metrics are gone."""
        if self.queue is None and self.arrivals_query is None:
            yield Issue(
                path=("minReplicas",),
                found="0, but nothing would tell that the model is wanted again",
                expected="queue, or requestsPerSecond with arrivalsQuery, beside minReplicas 0",
            )
        for key in self.pod_metrics:
            yield Issue(
                path=(key,),
                found="set, but measured at pods that minReplicas 0 takes away",
                expected="minReplicas of at least 1, or targets that are measured elsewhere: queue or arrivalsQuery",
            )
        if self.cold_start_seconds is None:
            yield Issue(
                path=("coldStartSeconds",),
                found=MISSING,
                expected="how long the first work after a pause may wait",
                hint="with minReplicas 0 it waits for a pod, for the model's files and for their loading",
            )


def _without_effect(key: str, needed: str) -> Issue:
    return Issue(path=(key,), found=f"set, but without effect without {needed}", expected=f"{needed} beside {key}")
