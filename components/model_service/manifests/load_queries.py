"""PromQL for the load of one version of a model, of which each query gives one element, or none where it is not known.

A server that has no requests and one whose metrics are lost both have no rate. They are told apart by ``up``: a pod is
seen while all that is scraped of it answers, and has answered twice, which is what a rate is made of. Without any pod
that is seen there is no element. Where some are not seen, they are taken to have as many requests as the others.
"""

from components.accelerators import GPU_UTILIZATION_METRIC
from components.model_service.args import ServedVersion
from components.model_service.runtimes import Series


def requests_per_second(served: ServedVersion, namespace: str, window_seconds: int) -> str:
    """Answered inference requests per second of all pods together."""
    pods, load = _Pods(served, namespace, window_seconds), served.server.load_metrics
    return f"(sum(rate({pods.of(load.requests)}[{window_seconds}s])) or 0 * {pods.seen}) * {pods.known} / {pods.seen}"


def latency_p95_milliseconds(served: ServedVersion, namespace: str, window_seconds: int) -> str:
    """95th percentile of the latency over all pods, in milliseconds; 0 where nothing was asked.

    Raises:
        ValueError: the runtime has no histogram; the settings refuse that before anything is deployed.
    """
    pods, load = _Pods(served, namespace, window_seconds), served.server.load_metrics
    if load.latency_buckets is None:
        raise ValueError(f"runtime {served.model.runtime} has no histogram of its latency")
    rates = f"sum by (le) (rate({pods.of(load.latency_buckets)}[{window_seconds}s]))"
    # Of no requests the quantile is NaN, which the comparison drops.
    quantile = f"histogram_quantile(0.95, {rates}) >= 0"
    return f"({quantile} or 0 * {pods.seen}) / {load.units_per_millisecond} and {pods.seen}"


def gpu_utilization_percent(served: ServedVersion, namespace: str) -> str:
    """Mean use of the GPUs of all pods, in percent."""
    name = pod_pattern(served)
    # Without honorLabels, which not every installation sets, the workload's labels arrive renamed.
    renamed = f'{GPU_UTILIZATION_METRIC}{{exported_namespace="{namespace}",exported_pod=~"{name}"}}'
    return f'avg({renamed} or {GPU_UTILIZATION_METRIC}{{namespace="{namespace}",pod=~"{name}"}})'


def share(served: ServedVersion, query: str) -> str:
    """The part of a model's work that is this version's by its weight, as one element whatever ``query`` gives."""
    percent = served.version.share_percent
    return f"sum({query})" if percent == 100 else f"sum({query}) * {percent} / 100"


def pod_pattern(served: ServedVersion) -> str:
    """A regular expression for exactly the names that Kubernetes gives the pods of this version."""
    return pod_names(served.name, stateful=served.model.stateful)


def pod_names(workload: str, *, stateful: bool) -> str:
    """A regular expression for exactly the names that Kubernetes gives the pods of a StatefulSet or a Deployment."""
    # A hash of the template and five letters, which come together where the name is long: there it is cut.
    return f"{workload}-[0-9]+" if stateful else f"{workload}-[a-z0-9]+(-[a-z0-9]{{5}})?"


class _Pods:
    """The pods of one version, as PromQL."""

    def __init__(self, served: ServedVersion, namespace: str, window_seconds: int) -> None:
        self._matchers = (f'namespace="{namespace}"', f'pod=~"{pod_pattern(served)}"')
        up = self.of(Series(name="up"))
        self.known = f"count(count by (pod) ({up}))"
        answers = f"min by (pod) ({up}) == 1"
        has_answered_twice = f"min by (pod) (sum_over_time({up}[{window_seconds}s])) >= 2"
        self.seen = f"count({answers} and {has_answered_twice})"

    def of(self, series: Series) -> str:
        """The series of these pods."""
        return f"{series.name}{{{','.join((*series.matchers, *self._matchers))}}}"
