"""PromQL by which a new version is judged. Each query returns one element, or none where nothing can be said.

No requests are no proof that a version is good, and neither are metrics that are missing: in both cases there is no
element, or NaN, which Flagger counts as a failed check.
"""

from components.model_service.args import ServedVersion
from components.model_service.manifests.load_queries import Pods, of_either


def requests_per_second(served: ServedVersion, namespace: str, window_seconds: int) -> str:
    """Answered inference requests per second of all pods together; no element without any."""
    pods = Pods(served, namespace, window_seconds)
    return f"{pods.rate(served.server.load_metrics.requests)} > 0 and {pods.seen}"


def success_percent(served: ServedVersion, namespace: str, window_seconds: int) -> str:
    """Inference requests that were answered without an error, over REST and gRPC together; NaN without requests.

    Raises:
        ValueError: the runtime does not count failed requests; the settings reject that before anything is deployed.
    """
    pods, load = Pods(served, namespace, window_seconds), served.server.load_metrics
    if load.failures is None:
        raise ValueError(f"runtime {served.model.runtime} does not count the requests that fail")
    answered, failed = pods.rate(load.requests), pods.rate(load.failures)
    good, bad = of_either(answered, failed), of_either(failed, answered)
    return f"100 * {good} / ({good} + {bad}) and {pods.seen}"


def latency_p95_milliseconds(served: ServedVersion, namespace: str, window_seconds: int) -> str:
    """95th percentile of the latency over all pods, in milliseconds; NaN without requests.

    Raises:
        ValueError: the runtime has no histogram; the settings reject that before anything is deployed.
    """
    pods = Pods(served, namespace, window_seconds)
    return f"{pods.latency_p95()} / {served.server.load_metrics.units_per_millisecond} and {pods.seen}"


def own(query: str, served: ServedVersion, namespace: str, window_seconds: int) -> str:
    """A query of the stack's own, with its placeholders filled in; NaN unless it has exactly one element."""
    values = {
        "$namespace": namespace,
        "$pods": Pods(served, namespace, window_seconds).pattern,
        "$window": f"{window_seconds}s",
    }
    for placeholder, value in values.items():
        query = query.replace(placeholder, value)
    return f"vector(scalar({query}))"
