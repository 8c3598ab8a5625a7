"""M07 and M08: servers that are spread out, and replaced without losing a request."""

from collections.abc import Iterable, Iterator

from configuration import Level
from rule import Rule, Severity, Violation, all_of, for_kinds, for_parts, for_pods
from rules.resources import asks_for_gpus
from scope import MODEL_SERVERS, Scope
from subject import Resource
from workloads import Container, ContainerKind, Pod

_REPLICATED = ("apps/Deployment", "apps/StatefulSet")
_GPU_UNAVAILABLE = (0, 1)
_DEFAULT_GRACE_SECONDS = 30


def _is_spread(resource: Resource) -> Iterator[Violation]:
    for pod in resource.pods:
        # Without replicas an autoscaler sets them.
        if not pod.is_model_server() or resource.properties.get("spec").get("replicas").number() in (0, 1):
            continue
        constraints = pod.spec.get("topologySpreadConstraints")
        if not any(constraint.get("topologyKey").text() for constraint in constraints.items()):
            yield Violation.of(constraints)


def _rolls(deployment: Resource) -> Iterator[Violation]:
    strategy = deployment.properties.get("spec").get("strategy")
    for pod in deployment.pods:
        if not pod.is_model_server():
            continue
        if strategy.get("type").text() == "Recreate":
            yield Violation.of(strategy.get("type"), "Set strategy.type to RollingUpdate.")
        unavailable = strategy.get("rollingUpdate").get("maxUnavailable")
        # A pod that needs a GPU may have to wait for the one before it to give its GPU back.
        if unavailable.value not in (_GPU_UNAVAILABLE if asks_for_gpus(pod) else (0, "0", "0%")):
            yield Violation.of(unavailable if unavailable.is_set() else strategy)


def _server_containers(pod: Pod) -> Iterable[Container]:
    return pod.containers(ContainerKind.APP) if pod.is_model_server() else ()


def _drains(container: Container) -> Iterator[Violation]:
    if container.node.get("ports").items():
        pre_stop = container.node.get("lifecycle").get("preStop")
        if not pre_stop.is_set():
            yield Violation.of(pre_stop, "Set lifecycle.preStop.sleep.seconds, so that endpoints forget the pod first.")


def _has_grace(pod: Pod) -> Iterator[Violation]:
    if not pod.is_model_server():
        return
    grace = pod.spec.get("terminationGracePeriodSeconds")
    seconds = _DEFAULT_GRACE_SECONDS if grace.number() is None else grace.number() or 0
    for container in pod.containers(ContainerKind.APP):
        sleep = container.node.get("lifecycle").get("preStop").get("sleep").get("seconds")
        if (sleep.number() or 0) >= seconds:
            yield Violation.of(grace, "Set terminationGracePeriodSeconds above lifecycle.preStop.sleep.seconds.")


def _is_replicated_server(resource: Resource) -> bool:
    return resource.kind_name in _REPLICATED and MODEL_SERVERS.holds(resource)


_REPLICATED_SERVERS = Scope(("model servers with replicas",), _is_replicated_server)

RULES = (
    Rule(
        id="M07",
        title="Replicas are spread over nodes and zones",
        why="Replicas on one node, or in one zone, fail together.",
        severity=Severity.MEDIUM,
        remedy="Set topologySpreadConstraints over kubernetes.io/hostname and topology.kubernetes.io/zone.",
        check=for_kinds(_REPLICATED, _is_spread).about(_REPLICATED_SERVERS),
        level=Level.ADVISORY,
    ),
    Rule(
        id="M08",
        title="Rollouts do not lose requests",
        why="Otherwise a rollout stops servers before their successors are ready, or while requests are still sent to"
        " them.",
        severity=Severity.MEDIUM,
        remedy="Set strategy.rollingUpdate.maxUnavailable to 0 (GPU pods: 1).",
        check=all_of(
            for_kinds(["apps/Deployment"], _rolls),
            for_parts([_server_containers], _drains),
            for_pods(_has_grace),
        ).about(MODEL_SERVERS),
        level=Level.ADVISORY,
    ),
)
