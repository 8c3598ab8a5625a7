"""The resource usage of a model's pods in a window, as Prometheus recorded it, or why it is unknown."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from inferencectl.rightsizing.prometheus_api import Element, PrometheusApi
from inferencectl.rightsizing.queries import DUPLICATES, QUERIES, Pods
from inferencectl.rightsizing.window import Window

LEAST_COVERAGE = Decimal("0.5")
"""The part of the window that has to be seen: of less, the busy hours may be what is missing."""


@dataclass(frozen=True, kw_only=True)
class GpuUsage:
    """Of the busiest card: its use in percent, 95 % of the time at most, and the greatest use of its memory."""

    p95_percent: Decimal
    memory_max_mib: Decimal


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Of the busiest pod at each moment: CPU cores, 95 % of the time and at most, and the greatest use of memory.

    ``gpu`` is None for pods without GPUs, and where nothing is known of them.
    """

    cpu_p95_cores: Decimal
    cpu_max_cores: Decimal
    memory_max_bytes: Decimal
    gpu: GpuUsage | None = None


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """Why nothing can be said of a model."""

    reason: str


def usage_of(api: PrometheusApi, pods: Pods, window: Window, *, with_gpu: bool) -> Usage | Unknown:
    """What ``pods`` took.

    Raises:
        SandboxError: Prometheus does not answer.
    """
    asked = _Questions(api, pods, window)
    for metric in ("cpu", "memory"):
        reason = asked.missing(metric) or asked.duplicated(metric)
        if reason:
            return Unknown(reason=reason)
    return Usage(
        cpu_p95_cores=asked.number("cpu_p95_cores"),
        cpu_max_cores=asked.number("cpu_max_cores"),
        memory_max_bytes=asked.number("memory_max_bytes"),
        gpu=_gpu_usage(asked) if with_gpu and not asked.missing("gpu") else None,
    )


def _gpu_usage(asked: "_Questions") -> GpuUsage:
    return GpuUsage(p95_percent=asked.number("gpu_p95_percent"), memory_max_mib=asked.number("gpu_memory_max_mib"))


class _Questions:
    """What is asked about the pods of one model."""

    def __init__(self, api: PrometheusApi, pods: Pods, window: Window) -> None:
        self._api, self._pods, self._window = api, pods, window

    def number(self, name: str) -> Decimal:
        """The answer to one of ``QUERIES``; 0 where there is none, which ``missing`` tells apart."""
        return Decimal(str(self._api.number(QUERIES[name].text(self._pods, self._window)) or 0))

    def missing(self, metric: str) -> str | None:
        """Why there is too little of a metric, if there is."""
        query, looks = QUERIES[f"{metric}_looks"], self.number(f"{metric}_looks")
        if not looks:
            return f"Prometheus has no {query.metric} of its pods in {self._pods.namespace}"
        coverage = looks / self._window.looks
        if coverage < LEAST_COVERAGE:
            return (
                f"only {coverage:.0%} of {self._window.text} has {query.metric} of its pods, and {LEAST_COVERAGE:.0%} "
                "is needed: choose a shorter window, or wait"
            )
        return None

    def duplicated(self, metric: str) -> str | None:
        """How several series tell the same of one pod, if they do."""
        query = DUPLICATES[metric]
        by_pod: dict[str, list[Element]] = defaultdict(list)
        for element in self._api.vector(query.text(self._pods, self._window)):
            by_pod[element.labels.get("exported_pod") or element.labels.get("pod", "")].append(element)
        for pod, several in by_pod.items():
            if len(several) > 1:
                return (
                    f"{len(several)} series of {query.metric} for pod {pod}, where one is expected; they differ in "
                    f"{', '.join(_differing(several))}: have it scraped once"
                )
        return None


def _differing(elements: list[Element]) -> list[str]:
    """The labels that tell elements of one pod apart."""
    names = sorted({name for element in elements for name in element.labels})
    return [name for name in names if len({element.labels.get(name) for element in elements}) > 1]
