"""A week of which every hour is known, with the names and labels of kube-state-metrics and of cAdvisor."""

from collections.abc import Callable, Iterator, Mapping

from tests.inferencectl.rightsizing.backfilled_prometheus import Past

NAMESPACE, YOUNG = "models-tiny", "models-young"
HOUR, DAY, WEEK = 3600, 86_400, 7 * 86_400
GIB = 2**30
STEP_HOURS = 300 / HOUR
Value = Callable[[int], float]


def always(value: float) -> Value:
    return lambda _: value


def until(end: int) -> Value:
    return lambda since: float(since < end)


def starting_again(cores: float, period: int) -> Value:
    """The CPU time of a container that starts again and again: its counter begins at 0 each time."""
    return lambda since: cores * (since % period)


def pod(
    name: str,
    requests: Mapping[str, float],
    *,
    phase: str = "Running",
    there: Value = lambda _: 1,
    node: str = "node-1",
    namespace: str = NAMESPACE,
    seconds: int = WEEK,
    **labels: str,
) -> Iterator[Past]:
    own = {"namespace": namespace, "pod": name, **labels}
    for resource, amount in requests.items():
        of_container = {**own, "container": "model-server", "resource": resource, "node": node}
        yield Past(
            metric="kube_pod_container_resource_requests", labels=of_container, value=always(amount), seconds=seconds
        )
    yield Past(metric="kube_pod_status_phase", labels={**own, "phase": phase}, value=there, seconds=seconds)


def used(name: str, value: Value, namespace: str = NAMESPACE, seconds: int = WEEK) -> Past:
    labels = {"namespace": namespace, "pod": name, "container": "model-server"}
    return Past(metric="container_cpu_usage_seconds_total", labels=labels, value=value, seconds=seconds)


SMALL, CARD = {"cpu": 1, "memory": 2 * GIB}, {"cpu": 2, "memory": 8 * GIB, "nvidia_com_gpu": 1}
QUARTER = {"cpu": 2, "memory": 8 * GIB, "nvidia_com_gpu_shared": 1}
IRIS = "iris-v1-6c9f7d5b8c-abcde"


def a_week() -> Iterator[Past]:
    for namespace, seconds in ((NAMESPACE, WEEK), (YOUNG, 2 * DAY)):
        labels = {"namespace": namespace}
        yield Past(metric="kube_namespace_created", labels=labels, value=always(1), seconds=seconds)
    # Two pods, one of them seen by two replicas of the exporter; a version that was taken away after two days.
    yield from pod(IRIS, SMALL, instance="one")
    yield from pod(IRIS, SMALL, instance="two")
    yield from pod("iris-v1-6c9f7d5b8c-fghij", SMALL)
    yield from pod("iris-v0-6c9f7d5b8c-vwxyz", SMALL, there=until(2 * DAY))
    yield used(IRIS, starting_again(0.5, DAY))
    # Nothing is held by a pod that waits for a node, nor by what is left of one.
    yield from pod("iris-v1-6c9f7d5b8c-klmno", SMALL, phase="Pending", node="")
    yield from pod("iris-v1-6c9f7d5b8c-pqrst", SMALL, phase="Failed")
    # Not a server.
    proxy = {"namespace": NAMESPACE, "pod": IRIS, "container": "istio-proxy", "resource": "cpu", "node": "node-1"}
    yield Past(metric="kube_pod_container_resource_requests", labels=proxy, value=always(50))
    # Accelerators: a whole one, a quarter of one, and one that the model does not have any more.
    yield from pod("vision-v1-6c9f7d5b8c-abcde", CARD)
    yield from pod("sharing-v1-6c9f7d5b8c-abcde", QUARTER, phase="Pending")
    yield from pod("sharing-v1-6c9f7d5b8c-fghij", {"nvidia_com_gpu": 1})
    yield from pod("gone-v3-6c9f7d5b8c-abcde", SMALL)
    yield from pod("elsewhere-v1-6c9f7d5b8c-abcde", SMALL, namespace="elsewhere")
    yield from pod(IRIS, SMALL, namespace=YOUNG, seconds=2 * DAY)
    yield used(IRIS, lambda since: 0.25 * since, namespace=YOUNG, seconds=2 * DAY)
