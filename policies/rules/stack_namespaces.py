"""N01 and M09: every namespace denies traffic by default, and those of models have quotas.

A namespace that the stack does not create may be secured by its creator: there these rules only advise.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from configuration import Level
from label_selectors import Selector
from rule import Outcome, Severity, Violation
from stack import Stack, Workload, namespace_of
from stack_rule import StackCheck, StackRule, all_of, missing
from subject import Resource

_INGRESS, _EGRESS = "ingress", "egress"
_BOUNDED_RESOURCES = ("cpu", "memory")


@dataclass(frozen=True, kw_only=True)
class _Need:
    """What the objects of one kind in a namespace must achieve together; ``achieved`` returns what one of them does."""

    kind: str
    wanted: Iterable[str]
    achieved: Callable[[Resource], Iterable[str]]
    remedy: str


@dataclass(frozen=True, kw_only=True)
class _Places:
    """Namespaces by name: the object that a finding is reported on, and its level; None for the rule's own level."""

    name: str
    of: Callable[[Stack], dict[str, tuple[Resource, Level | None]]]


def _closes(policy: Resource) -> Iterator[str]:
    """The directions in which a network policy lets nothing pass, for every pod of its namespace."""
    spec = policy.properties.get("spec")
    if not Selector.of(spec.get("podSelector")).is_empty():
        return
    types = [each.text() for each in spec.get("policyTypes").items()] or ["Ingress"]
    for direction in (_INGRESS, _EGRESS):
        if direction.capitalize() in types and not spec.get(direction).items():
            yield direction


def _bounds(quota: Resource) -> Iterator[str]:
    hard = quota.properties.get("spec").get("hard")
    for name in _BOUNDED_RESOURCES:
        if any(hard.get(key).quantity() is not None for key in (name, f"requests.{name}", f"limits.{name}")):
            yield name


def _gives_defaults(limits: Resource) -> Iterator[str]:
    for limit in limits.properties.get("spec").get("limits").items():
        if limit.get("type").text() == "Container":
            yield from (name for name in _BOUNDED_RESOURCES if limit.get("default").get(name).quantity() is not None)


_DEFAULT_DENY = _Need(
    kind="networking.k8s.io/NetworkPolicy",
    wanted=(_INGRESS, _EGRESS),
    achieved=_closes,
    remedy="Add a NetworkPolicy with an empty podSelector, both policyTypes and no rules.",
)
_RESOURCE_QUOTA = _Need(
    kind="core/ResourceQuota",
    wanted=_BOUNDED_RESOURCES,
    achieved=_bounds,
    remedy="Add a ResourceQuota with requests.cpu and requests.memory in hard.",
)
_LIMIT_RANGE = _Need(
    kind="core/LimitRange",
    wanted=_BOUNDED_RESOURCES,
    achieved=_gives_defaults,
    remedy="Add a LimitRange with defaults of cpu and memory for containers.",
)


def _met_everywhere(need: _Need, places: _Places) -> StackCheck:
    def check(stack: Stack) -> Iterator[tuple[Resource, Outcome]]:
        achieved = _achieved(stack, need)
        for namespace, (resource, level) in places.of(stack).items():
            for wanted in need.wanted:
                if wanted not in achieved[namespace]:
                    found = f"no {need.kind.partition('/')[2]} of namespace {namespace} for {wanted}"
                    violation = Violation(("metadata",), found, need.remedy, level)
                    yield resource, missing(stack, [need.kind], violation)

    return StackCheck((places.name,), lambda stack: (place for place, _ in places.of(stack).values()), check)


def _achieved(stack: Stack, need: _Need) -> dict[str, set[str]]:
    achieved: dict[str, set[str]] = defaultdict(set)
    for resource in stack.of(need.kind):
        with stack.reading(need.kind):
            achieved[namespace_of(resource)].update(need.achieved(resource))
    return achieved


def _with_pods(stack: Stack) -> dict[str, tuple[Resource, Level | None]]:
    """Every namespace that the stack creates or puts pods in: the object to report findings on, and their level."""
    made = {name: (resource, None) for name, resource in stack.namespaces.items()}
    places = {**_of_workloads(stack, stack.workloads), **made}
    return {name: place for name, place in places.items() if name not in stack.configuration.system_namespaces}


def _with_models(stack: Stack) -> dict[str, tuple[Resource, Level | None]]:
    return _of_workloads(stack, stack.model_servers)


def _of_workloads(stack: Stack, workloads: Iterable[Workload]) -> dict[str, tuple[Resource, Level | None]]:
    places: dict[str, tuple[Resource, Level | None]] = {}
    for workload in workloads:
        made = stack.namespaces.get(workload.namespace)
        places.setdefault(workload.namespace, (made, None) if made else (workload.resource, Level.ADVISORY))
    return places


_WITH_PODS = _Places(name="namespaces", of=_with_pods)
_WITH_MODELS = _Places(name="namespaces of models", of=_with_models)

RULES = (
    StackRule(
        id="N01",
        title="Namespaces deny all traffic by default",
        why="Without a default, every pod may connect to every other pod and to the internet. A compromised pod can "
        "then attack its neighbours and send data anywhere.",
        severity=Severity.HIGH,
        remedy=_DEFAULT_DENY.remedy,
        check=_met_everywhere(_DEFAULT_DENY, _WITH_PODS),
    ),
    StackRule(
        id="M09",
        title="Namespaces with models have quotas and default limits",
        why="Without a quota one namespace can take the whole cluster. The LimitRange gives defaults to containers "
        "that state nothing, which the quota would refuse.",
        severity=Severity.MEDIUM,
        remedy=_RESOURCE_QUOTA.remedy,
        check=all_of(_met_everywhere(_RESOURCE_QUOTA, _WITH_MODELS), _met_everywhere(_LIMIT_RANGE, _WITH_MODELS)),
    ),
)
