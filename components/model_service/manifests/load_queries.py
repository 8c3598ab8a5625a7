"""PromQL for the load of a version of a model. Each query returns one element, or none if the load is unknown.

A server without requests and one whose metrics are missing both have no rate. ``up`` distinguishes them: a pod counts
as observed while all of its targets are scraped successfully, and have been at least twice, which a rate needs. If no
pod is observed, there is no element. If only some are, the others are assumed to have the same load; those that a
scrape was tried of only once are left out, as a pod that has just started takes its load from the others.

In a mesh, ``up`` is that of the proxy's agent, which answers also for a server that does not. It counts these scrapes:
a pod of which the agent has counted one within the window is not observed, and what its server said before is left out.
"""

from components.accelerators import GPU_UTILIZATION_METRIC
from components.model_service.args import ServedVersion
from components.model_service.manifests.metrics import failed_scrapes
from components.model_service.runtimes import Series


def requests_per_second(served: ServedVersion, namespace: str, window_seconds: int) -> str:
    """Answered inference requests per second of all pods together."""
    pods = Pods(served, namespace, window_seconds)
    return f"({pods.rate(served.server.load_metrics.requests)} or 0 * {pods.seen}) * {pods.known} / {pods.seen}"


def latency_p95_milliseconds(served: ServedVersion, namespace: str, window_seconds: int) -> str:
    """95th percentile of the latency over all pods, in milliseconds; 0 without requests.

    Raises:
        ValueError: the runtime has no histogram; the settings reject that before anything is deployed.
    """
    pods = Pods(served, namespace, window_seconds)
    # Without requests the quantile is NaN, which the comparison drops.
    quantile = f"{pods.latency_p95()} >= 0"
    return f"({quantile} or 0 * {pods.seen}) / {served.server.load_metrics.units_per_millisecond} and {pods.seen}"


def gpu_utilization_percent(served: ServedVersion, namespace: str) -> str:
    """Mean utilization of the GPUs of all pods, in percent."""
    name = pod_pattern(served)
    # Without honorLabels, which not every installation sets, the workload's labels arrive renamed.
    renamed = f'{GPU_UTILIZATION_METRIC}{{exported_namespace="{namespace}",exported_pod=~"{name}"}}'
    return f'avg({renamed} or {GPU_UTILIZATION_METRIC}{{namespace="{namespace}",pod=~"{name}"}})'


def share(served: ServedVersion, query: str) -> str:
    """This version's share, by weight, of a model's total load, as one element whatever ``query`` returns."""
    percent = served.version.share_percent
    return f"sum({query})" if percent == 100 else f"sum({query}) * {percent} / 100"


def pod_pattern(served: ServedVersion) -> str:
    """A regular expression that matches exactly the names of this version's pods."""
    return pod_names(served.name, stateful=served.model.stateful)


def pod_names(workload: str, *, stateful: bool) -> str:
    """A regular expression that matches exactly the names of the pods of a StatefulSet or a Deployment."""
    # A hash of the template, a hyphen and five characters; Kubernetes truncates long names, possibly with the hyphen.
    return f"{workload}-[0-9]+" if stateful else f"{workload}-[a-z0-9]+(-[a-z0-9]{{5}})?"


def of_either(rate: str, other: str) -> str:
    """A rate of failures or of answers, which is 0 where a server has only the ``other``.

    A server has no series of what it has never done: of failures, or, if all requests fail, of answers.
    """
    return f"({rate} or 0 * {other})"


class Pods:
    """The pods of one version, as PromQL."""

    def __init__(self, served: ServedVersion, namespace: str, window_seconds: int) -> None:
        self.pattern = pod_pattern(served)
        self._served, self._window = served, f"[{window_seconds}s]"
        self._matchers = (f'namespace="{namespace}"', f'pod=~"{self.pattern}"')
        up = self.of(Series(name="up"))
        is_tried_twice = f"min by (pod) (count_over_time({up}{self._window})) >= 2"
        self.known = f"count(count by (pod) ({up}) and {is_tried_twice})"
        answers = f"min by (pod) ({up}) == 1"
        has_answered_twice = f"min by (pod) (sum_over_time({up}{self._window})) >= 2"
        lost, observed = failed_scrapes(served), f"{answers} and {has_answered_twice}"
        if lost:
            observed = f"({observed}) unless {self._grown(lost)}"
        self.seen = f"count({observed})"
        self._only_seen = f" and on (pod) ({observed})" if lost else ""

    def _grown(self, counter: Series) -> str:
        """The pods whose counter is not what it was a window ago, when there may have been none."""
        now = f"sum by (pod) ({self.of(counter)})"
        before = f"sum by (pod) ({self.of(counter)} offset {self._window.strip('[]')})"
        return f"({now} != ({before} or 0 * {now}))"

    def of(self, series: Series) -> str:
        """The series of these pods."""
        return f"{series.name}{{{','.join((*series.matchers, *self._matchers))}}}"

    def rate(self, series: Series) -> str:
        """How much a counter grows per second, of all pods together."""
        return f"sum(rate({self.of(series)}{self._window}){self._only_seen})"

    def latency_p95(self) -> str:
        """95th percentile of the latency over all pods, in the runtime's unit; NaN without requests.

        Raises:
            ValueError: the runtime has no histogram; the settings reject that before anything is deployed.
        """
        buckets = self._served.server.load_metrics.latency_buckets
        if buckets is None:
            raise ValueError(f"runtime {self._served.model.runtime} has no histogram of its latency")
        return f"histogram_quantile(0.95, sum by (le) (rate({self.of(buckets)}{self._window})))"
