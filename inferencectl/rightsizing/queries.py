"""What Prometheus is asked about the pods of a model: data, each query giving one element or none.

The kubelet's cAdvisor tells of containers, NVIDIA's DCGM exporter of cards. Without honorLabels, which not every
installation sets, the labels of both arrive as ``exported_namespace``, ``exported_pod`` and ``exported_container``, so
each series is asked for under both names. Of several pods the busiest at each moment counts: pods of one class get the
same, and a pod that starts and ends at once must not weigh as much as one that works all week.
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
"""What rates of CPU time are taken over."""


@dataclass(frozen=True, kw_only=True)
class Pods:
    """Pods of a namespace, by a regular expression for their names."""

    namespace: str
    names: str


@dataclass(frozen=True, kw_only=True)
class Query:
    """A question about one metric: ``each`` is asked of every series, ``together`` of the busiest.

    Both are PromQL with ``{}`` for what they are about; ``{window}`` and ``{step}`` are the report's. ``container``
    says whether the metric is one of containers, of which only the model server's is meant.
    """

    metric: str
    each: str = "{}"
    together: str
    container: bool = True

    def text(self, pods: Pods, window: Window) -> str:
        """The PromQL about ``pods``."""
        times = {"window": window.text, "step": f"{window.step_seconds}s"}
        named = (self.each.format(f"{self.metric}{{{matchers}}}", **times) for matchers in self._matchers(pods))
        return self.together.format(" or ".join(named), **times)

    def _matchers(self, pods: Pods) -> tuple[str, str]:
        """How the pods are named with and without honorLabels."""
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
_LOOKS = "count_over_time(max({})[{window}:{step}])"

QUERIES: Mapping[str, Query] = MappingProxyType(
    {
        "cpu_looks": Query(metric=CPU_METRIC, each=_RATES, together=_LOOKS),
        "cpu_p95_cores": Query(metric=CPU_METRIC, each=_RATES, together=_P95),
        "cpu_max_cores": Query(metric=CPU_METRIC, each=_RATES, together=_MAX),
        "memory_looks": Query(metric=MEMORY_METRIC, together=_LOOKS),
        # Of every sample: what lies between two looks would have been what a pod was killed for.
        "memory_max_bytes": Query(metric=MEMORY_METRIC, each=_LONGEST_WINDOW, together="max({})"),
        "gpu_looks": Query(metric=GPU_UTILIZATION_METRIC, together=_LOOKS, container=False),
        "gpu_p95_percent": Query(metric=GPU_UTILIZATION_METRIC, together=_P95, container=False),
        "gpu_memory_max_mib": Query(
            metric=GPU_MEMORY_METRIC, each=_LONGEST_WINDOW, together="max({})", container=False
        ),
    }
)
"""By what they tell. ``…_looks`` is at how many steps of the window there was anything."""

# A container that was started again has another id and, for a moment, a series beside the old one.
_DISTINCT = "group without (id, name, image) ({})"
DUPLICATES: Mapping[str, Query] = MappingProxyType(
    {
        "cpu": Query(metric=CPU_METRIC, together=_DISTINCT),
        "memory": Query(metric=MEMORY_METRIC, together=_DISTINCT),
    }
)
"""The series at the end of the window, of which each pod is to have one: more are more than one scrape of the same."""
