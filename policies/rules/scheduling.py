"""M12: pods leave to the scheduler where they run, and take the place of none of the cluster's own."""

from collections.abc import Iterator
from typing import NamedTuple

from node import Node
from rule import Check, Rule, Severity, Violation, all_of, for_each, for_kinds, for_pods, of_kinds
from scope import PODS
from subject import Resource
from workloads import Pod

_CONTROL_PLANES = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
_SYSTEM = "system-"
_KUBE_SYSTEM = "kube-system"
_CLAIMS = ("resource.k8s.io/ResourceClaim", "resource.k8s.io/ResourceClaimTemplate")
# The highest priority that is not Kubernetes' own, and one that no default should have.
_HIGHEST_PRIORITY = 1_000_000_000
_HIGHEST_DEFAULT = 1_000_000


class _Placed(NamedTuple):
    pod: Pod
    namespace: Node
    system_namespaces: frozenset[str]


def _placed(resource: Resource) -> list[_Placed]:
    namespaces = frozenset({_KUBE_SYSTEM, *resource.configuration.system_namespaces})
    return [_Placed(pod, resource.metadata.get("namespace"), namespaces) for pod in resource.pods]


def _is_scheduled(pod: Pod) -> Iterator[Violation]:
    node = pod.spec.get("nodeName")
    if node.text():
        yield Violation.of(node, "Remove nodeName, and select nodes by nodeSelector or affinity.")


def _keeps_off_control_planes(pod: Pod) -> Iterator[Violation]:
    # An agent that belongs on every node belongs on those too.
    if pod.owner.name == "DaemonSet":
        return
    for toleration in pod.spec.get("tolerations").items():
        if toleration.get("key").text() in _CONTROL_PLANES:
            yield Violation.of(toleration.get("key"), "Remove the toleration: control planes run nothing else.")


def _is_no_system_pod(placed: _Placed) -> Iterator[Violation]:
    priority = placed.pod.spec.get("priorityClassName")
    if (priority.text() or "").startswith(_SYSTEM) and placed.namespace.text() not in placed.system_namespaces:
        yield Violation.of(priority, "Set priorityClassName to a class of the platform's, or remove it.")


def _leaves_room(priority_class: Resource) -> Iterator[Violation]:
    value, is_default = priority_class.properties.get("value"), priority_class.properties.get("globalDefault")
    highest = _HIGHEST_DEFAULT if is_default.boolean() else _HIGHEST_PRIORITY
    if (value.number() or 0) >= highest:
        yield Violation.of(value, f"Set value below {highest}: pods of this class evict all others.")


def _requests(claim: Resource) -> list[Node]:
    return claim.objects


def _shares_no_device(request: Node) -> Iterator[Violation]:
    access = request.get("adminAccess")
    if access.boolean():
        yield Violation.of(access, "Remove adminAccess: it opens the devices that other pods use.")


RULES = (
    Rule(
        id="M12",
        title="Pods take no place that is not theirs",
        why="A pod that names its node passes by the scheduler, and with it quotas, taints and room. One with a system "
        "priority, or on a control plane, takes the place of what keeps the cluster running.",
        severity=Severity.HIGH,
        remedy="Leave the choice of the node to the scheduler.",
        check=all_of(
            for_pods(_is_scheduled, _keeps_off_control_planes),
            Check(PODS, for_each(_placed, _is_no_system_pod)),
            for_kinds(["scheduling.k8s.io/PriorityClass"], _leaves_room),
            of_kinds(_CLAIMS, for_each(_requests, _shares_no_device)),
        ),
    ),
)
