"""The PromQL queries for the usage of a model's pods; each returns one element or none.

The kubelet's cAdvisor provides the metrics of containers, NVIDIA's DCGM exporter those of GPUs. Without honorLabels,
which not every installation sets, their labels are renamed to ``exported_namespace``, ``exported_pod`` and
``exported_container``, so each query selects both forms. When there are several pods, the busiest one at each moment
counts: all pods of a class get the same resources, and a short-lived pod must not weigh as much as one that runs all
week.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from components.accelerators import GPU_UTILIZATION_METRIC
from components.metadata import MODEL_SERVER
from inferencectl.rightsizing.window import Window

CPU_METRIC = "container_cpu_usage_seconds_total"
MEMORY_METRIC = "container_memory_working_set_bytes"
GPU_MEMORY_METRIC = "DCGM_FI_DEV_FB_USED"
RATE = "5m"
"""The range of CPU rates."""


@dataclass(frozen=True, kw_only=True)
class Pods:
    """The pods of a namespace whose names match a regular expression."""

    namespace: str
    names: str


@dataclass(frozen=True, kw_only=True)
class Query:
    """A query for one metric: ``each`` is applied to every series, ``together`` to their union.

    Both are PromQL templates with ``{}`` for the operand, and ``{window}`` and ``{step}`` for those of the report. If
    ``container`` is set, the metric has a series per container, and only the model server's are selected.
    """

    metric: str
    each: str = "{}"
    together: str
    container: bool = True

    def text(self, pods: Pods, window: Window) -> str:
        """The PromQL for ``pods``."""
        times = {"window": window.text, "step": f"{window.step_seconds}s"}
        named = (self.each.format(f"{self.metric}{{{matchers}}}", **times) for matchers in self._matchers(pods))
        return self.together.format(" or ".join(named), **times)

    def _matchers(self, pods: Pods) -> tuple[str, str]:
        """The label matchers of the pods with and without honorLabels."""
        labels = {"namespace": f'="{pods.namespace}"', "pod": f'=~"{pods.names}"'}
        if self.container:
            labels["container"] = f'="{MODEL_SERVER}"'
        own, renamed = (
            ",".join(f"{prefix}{label}{value}" for label, value in labels.items()) for prefix in ("", "exported_")
        )
        return own, renamed


_RATES, _LONGEST_WINDOW = f"rate({{}}[{RATE}])", "max_over_time({}[{window}])"
_P95 = "quantile_over_time(0.95, max({})[{window}:{step}])"
_MAX = "max_over_time(max({})[{window}:{step}])"
_STEPS = "count_over_time(max({})[{window}:{step}])"

QUERIES: Mapping[str, Query] = MappingProxyType(
    {
        "cpu_steps": Query(metric=CPU_METRIC, each=_RATES, together=_STEPS),
        "cpu_p95_cores": Query(metric=CPU_METRIC, each=_RATES, together=_P95),
        "cpu_max_cores": Query(metric=CPU_METRIC, each=_RATES, together=_MAX),
        "memory_steps": Query(metric=MEMORY_METRIC, together=_STEPS),
        # Over every sample: a peak between two steps may be the one that gets a container killed.
        "memory_max_bytes": Query(metric=MEMORY_METRIC, each=_LONGEST_WINDOW, together="max({})"),
        "gpu_steps": Query(metric=GPU_UTILIZATION_METRIC, together=_STEPS, container=False),
        "gpu_p95_percent": Query(metric=GPU_UTILIZATION_METRIC, together=_P95, container=False),
        "gpu_memory_max_mib": Query(
            metric=GPU_MEMORY_METRIC, each=_LONGEST_WINDOW, together="max({})", container=False
        ),
    }
)
"""Queries by result. ``…_steps`` is the number of steps of the window that have data."""

# A restarted container has a new ID and, for a moment, a second series beside the old one.
_DISTINCT = "group without (id, name, image) ({})"
DUPLICATES: Mapping[str, Query] = MappingProxyType(
    {
        "cpu": Query(metric=CPU_METRIC, together=_DISTINCT),
        "memory": Query(metric=MEMORY_METRIC, together=_DISTINCT),
    }
)
"""The series at the end of the window; several for one pod mean that it is scraped more than once."""
