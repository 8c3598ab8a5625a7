"""N04 and N07: what single resources may not take away from the encryption of connections."""

from collections.abc import Iterator, Mapping

import unverified
from environment import variables
from node import Node
from rule import Check, Rule, Severity, Violation, all_of, for_each, for_kinds, for_pods, of_kinds
from scope import Scope, parts
from subject import Resource
from workloads import ContainerKind, Pod

_INJECT = "sidecar.istio.io/inject"
_NAMESPACE = "core/Namespace"
_DATAPLANE = "istio.io/dataplane-mode"
# What takes a pod, or a namespace's pods, out of the mesh: labels or annotations, and their values.
_POD_SWITCHES = {_INJECT: "false", _DATAPLANE: "none", "ambient.istio.io/bypass-inbound-capture": "true"}
_NAMESPACE_SWITCHES = {"istio-injection": "disabled", _DATAPLANE: "none"}
# What goes past the sidecar: all ports, or all addresses.
_BYPASSES = tuple(
    f"traffic.sidecar.istio.io/exclude{each}" for each in ("InboundPorts", "OutboundPorts", "OutboundIPRanges")
)
_ALL = ("*", "0.0.0.0/0")
_HOLDERS = ("labels", "annotations")
NO_SIDECAR_REASON = "inference/no-sidecar-reason"


def _traffic_policies(rule: Resource) -> Iterator[Node]:
    """The policy of the host, of its ports, and of each subset and its ports."""
    spec = rule.properties.get("spec")
    for owner in (spec, *spec.get("subsets").items()):
        policy = owner.get("trafficPolicy")
        yield policy
        yield from policy.get("portLevelSettings").items()


def _is_encrypted(policy: Node) -> Iterator[Violation]:
    mode, unchecked = policy.get("tls").get("mode"), policy.get("tls").get("insecureSkipVerify")
    if mode.text() == "DISABLE":
        yield Violation.of(mode)
    if unchecked.boolean():
        yield Violation.of(unchecked, "Remove insecureSkipVerify, and set tls.caCertificates where the CA is private.")


def _keys(authentication: Resource) -> Iterator[Node]:
    for rule in authentication.properties.get("spec").get("jwtRules").items():
        yield rule.get("jwksUri")


def _come_over_tls(uri: Node) -> Iterator[Violation]:
    if (uri.text() or "").startswith("http:"):
        yield Violation.of(uri, "Set jwksUri to an https address: whoever changes the keys can pose as anybody.")


def _switches(resource: Resource) -> Iterator[Node]:
    """Where a program is told to accept every certificate."""
    for container in (each for pod in resource.pods for kind in ContainerKind for each in pod.containers(kind)):
        words = (word for field in ("command", "args") for word in container.node.get(field).items())
        yield from (word for word in words if unverified.in_words(word.text() or ""))
        for entry in variables(container):
            if unverified.in_variable(entry.get("name").text() or "", entry.get("value").text() or ""):
                yield entry


def _accepts_everything(switch: Node) -> Iterator[Violation]:
    remedy = "Remove it, and give the program the certificate of the CA: it trusts whoever answers."
    yield Violation(switch.path, "a switch that accepts every certificate", remedy)


def _set(metadata: Node, names: Mapping[str, str]) -> Iterator[Node]:
    for name in names:
        yield from (metadata.get(holder).get(name) for holder in _HOLDERS)


def _speaks_of_mesh(resource: Resource) -> bool:
    if resource.kind_name == _NAMESPACE:
        return any(each.is_set() for each in _set(resource.metadata, _NAMESPACE_SWITCHES))
    names = dict.fromkeys((*_POD_SWITCHES, *_BYPASSES), "")
    return any(each.is_set() for pod in resource.pods for each in _set(pod.metadata, names))


_SPEAKING_OF_MESH = Scope(("pods and namespaces that speak of the mesh",), _speaks_of_mesh)


def _pod_stays(pod: Pod) -> Iterator[Violation]:
    yield from _stays(pod.metadata, _POD_SWITCHES)
    for name in _BYPASSES:
        bypass = pod.metadata.get("annotations").get(name)
        if bypass.text() in _ALL and not _says_why(pod.metadata):
            yield Violation.of(bypass)


def _namespace_stays(namespace: Resource) -> Iterator[Violation]:
    yield from _stays(namespace.metadata, _NAMESPACE_SWITCHES)


def _stays(metadata: Node, switches: Mapping[str, str]) -> Iterator[Violation]:
    for switch in _set(metadata, switches):
        if switch.text() == switches[str(switch.path[-1])] and not _says_why(metadata):
            yield Violation.of(switch)


def _says_why(metadata: Node) -> bool:
    return bool((metadata.get("annotations").get(NO_SIDECAR_REASON).text() or "").strip())


RULES = (
    Rule(
        id="N04",
        title="Connections are encrypted, and the server is verified",
        why="With TLS disabled, clients send requests in plain text even where the server would encrypt. A client that "
        "accepts every certificate talks to whoever answers.",
        severity=Severity.HIGH,
        remedy="Set tls.mode to ISTIO_MUTUAL, or remove it.",
        check=all_of(
            of_kinds(["networking.istio.io/DestinationRule"], for_each(_traffic_policies, _is_encrypted)),
            of_kinds(["security.istio.io/RequestAuthentication"], for_each(_keys, _come_over_tls)),
            Check(parts("programs that accept every certificate", _switches), for_each(_switches, _accepts_everything)),
        ),
    ),
    Rule(
        id="N07",
        title="Pods opt out of the mesh only with a reason",
        why="A pod without a sidecar neither encrypts nor authorises: the policies of the mesh do not apply to it.",
        severity=Severity.MEDIUM,
        remedy=f"Remove it, or state the reason in the annotation {NO_SIDECAR_REASON}.",
        check=all_of(for_pods(_pod_stays), for_kinds([_NAMESPACE], _namespace_stays)).about(_SPEAKING_OF_MESH),
    ),
)
