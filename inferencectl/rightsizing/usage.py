"""The resource usage of a model's pods in a window, as Prometheus recorded it, or why it is unknown."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from inferencectl.rightsizing.prometheus_api import Element, PrometheusApi
from inferencectl.rightsizing.queries import DUPLICATES, QUERIES, Pods
from inferencectl.rightsizing.window import Window

LEAST_COVERAGE = Decimal("0.5")
"""The fraction of the window that must have data: with less, the busy hours may be missing."""


@dataclass(frozen=True, kw_only=True)
class GpuUsage:
    """Usage of the busiest GPU: the 95th percentile of its utilisation, and its maximum memory usage."""

    p95_percent: Decimal
    memory_max_mib: Decimal


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Usage of the busiest pod at each moment: the 95th percentile and maximum of CPU, and the maximum of memory.

    ``gpu`` is None for pods without GPUs, and if their usage is unknown.
    """

    cpu_p95_cores: Decimal
    cpu_max_cores: Decimal
    memory_max_bytes: Decimal
    gpu: GpuUsage | None = None


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """The reason why the usage of a model is unknown."""

    reason: str


def usage_of(api: PrometheusApi, pods: Pods, window: Window, *, with_gpu: bool) -> Usage | Unknown:
    """The usage of ``pods``.

    Raises:
        SandboxError: Prometheus cannot be queried.
    """
    queries = _Queries(api, pods, window)
    for metric in ("cpu", "memory"):
        reason = queries.missing(metric) or queries.duplicated(metric)
        if reason:
            return Unknown(reason=reason)
    return Usage(
        cpu_p95_cores=queries.number("cpu_p95_cores"),
        cpu_max_cores=queries.number("cpu_max_cores"),
        memory_max_bytes=queries.number("memory_max_bytes"),
        gpu=_gpu_usage(queries) if with_gpu and not queries.missing("gpu") else None,
    )


def _gpu_usage(queries: "_Queries") -> GpuUsage:
    return GpuUsage(p95_percent=queries.number("gpu_p95_percent"), memory_max_mib=queries.number("gpu_memory_max_mib"))


class _Queries:
    """The queries for the pods of one model."""

    def __init__(self, api: PrometheusApi, pods: Pods, window: Window) -> None:
        self._api, self._pods, self._window = api, pods, window

    def number(self, name: str) -> Decimal:
        """The result of one of ``QUERIES``; 0 without a result, which ``missing`` reports."""
        return Decimal(str(self._api.number(QUERIES[name].text(self._pods, self._window)) or 0))

    def missing(self, metric: str) -> str | None:
        """The reason why a metric is insufficient; None if it is not."""
        query, steps = QUERIES[f"{metric}_steps"], self.number(f"{metric}_steps")
        if not steps:
            return f"Prometheus has no {query.metric} for its pods in {self._pods.namespace}"
        coverage = steps / self._window.steps
        if coverage < LEAST_COVERAGE:
            return (
                f"{query.metric} covers only {coverage:.0%} of {self._window.text}, and {LEAST_COVERAGE:.0%} is "
                "required: choose a shorter window, or wait"
            )
        return None

    def duplicated(self, metric: str) -> str | None:
        """The reason why a pod has several series of a metric; None if each has one."""
        query = DUPLICATES[metric]
        by_pod: dict[str, list[Element]] = defaultdict(list)
        for element in self._api.vector(query.text(self._pods, self._window)):
            by_pod[element.labels.get("exported_pod") or element.labels.get("pod", "")].append(element)
        for pod, several in by_pod.items():
            if len(several) > 1:
                return (
                    f"{len(several)} series of {query.metric} for pod {pod}, where one is expected; they differ in "
                    f"{', '.join(_differing(several))}: scrape it only once"
                )
        return None


def _differing(elements: list[Element]) -> list[str]:
    """The labels in which the elements of one pod differ."""
    names = sorted({name for element in elements for name in element.labels})
    return [name for name in names if len({element.labels.get(name) for element in elements}) > 1]
