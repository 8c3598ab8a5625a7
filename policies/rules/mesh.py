"""N04 and N07: what single resources may not take away from the mesh's encryption."""

from collections.abc import Iterator

from node import Node
from rule import Rule, Severity, Violation, all_of, for_each, for_kinds, for_pods, of_kinds
from scope import Scope
from subject import Resource
from workloads import Pod

_INJECT = "sidecar.istio.io/inject"
_NAMESPACE = "core/Namespace"
_NAMESPACE_INJECTION = "istio-injection"
NO_SIDECAR_REASON = "inference/no-sidecar-reason"


def _traffic_policies(rule: Resource) -> Iterator[Node]:
    """The policy of the host, of its ports, and of each subset and its ports."""
    spec = rule.properties.get("spec")
    for owner in (spec, *spec.get("subsets").items()):
        policy = owner.get("trafficPolicy")
        yield policy
        yield from policy.get("portLevelSettings").items()


def _is_encrypted(policy: Node) -> Iterator[Violation]:
    mode = policy.get("tls").get("mode")
    if mode.text() == "DISABLE":
        yield Violation.of(mode)


def _injections(pod: Pod) -> Iterator[Node]:
    for holder in ("labels", "annotations"):
        yield pod.metadata.get(holder).get(_INJECT)


def _speaks_of_sidecars(resource: Resource) -> bool:
    if resource.kind_name == _NAMESPACE:
        return resource.metadata.get("labels").get(_NAMESPACE_INJECTION).is_set()
    return any(inject.is_set() for pod in resource.pods for inject in _injections(pod))


_SPEAKING_OF_SIDECARS = Scope(("pods and namespaces that speak of sidecars",), _speaks_of_sidecars)


def _pod_keeps_sidecar(pod: Pod) -> Iterator[Violation]:
    for inject in _injections(pod):
        if inject.text() == "false" and not _says_why(pod.metadata):
            yield Violation.of(inject)


def _namespace_keeps_sidecars(namespace: Resource) -> Iterator[Violation]:
    injection = namespace.metadata.get("labels").get(_NAMESPACE_INJECTION)
    if injection.text() == "disabled" and not _says_why(namespace.metadata):
        yield Violation.of(injection)


def _says_why(metadata: Node) -> bool:
    return bool((metadata.get("annotations").get(NO_SIDECAR_REASON).text() or "").strip())


RULES = (
    Rule(
        id="N04",
        title="Clients in the mesh use mutual TLS",
        why="With TLS disabled, clients send requests in plain text even where the server would encrypt.",
        severity=Severity.HIGH,
        remedy="Set tls.mode to ISTIO_MUTUAL, or remove it.",
        check=of_kinds(["networking.istio.io/DestinationRule"], for_each(_traffic_policies, _is_encrypted)),
    ),
    Rule(
        id="N07",
        title="Pods opt out of the mesh only with a reason",
        why="A pod without a sidecar neither encrypts nor authorises: the policies of the mesh do not apply to it.",
        severity=Severity.MEDIUM,
        remedy=f"Remove it, or state the reason in the annotation {NO_SIDECAR_REASON}.",
        check=all_of(for_pods(_pod_keeps_sidecar), for_kinds([_NAMESPACE], _namespace_keeps_sidecars)).about(
            _SPEAKING_OF_SIDECARS
        ),
    ),
)
