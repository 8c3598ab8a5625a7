"""M06: a node drain takes some servers of a model, and never all."""

from collections import defaultdict
from collections.abc import Iterator

from configuration import Level
from label_selectors import Selector
from node import Node
from rule import Outcome, Severity, Violation
from stack import Stack, Workload, namespace_of
from stack_rule import StackRule, all_of, for_resources, missing, of_model_servers
from subject import Resource

_BUDGET = "policy/PodDisruptionBudget"


def _selected(stack: Stack, budget: Resource) -> list[Workload]:
    selector = Selector.of(budget.properties.get("spec").get("selector"))
    return stack.pods.selected(namespace_of(budget), selector)


def _selects_pods(stack: Stack, budget: Resource) -> Iterator[Violation]:
    if not _selected(stack, budget) and not stack.not_yet_known:
        selector = budget.properties.get("spec").get("selector")
        names = Selector.of(selector).labels.values()
        level = Level.ADVISORY if stack.is_for_others(namespace_of(budget), names) else None
        remedy = "Set selector.matchLabels to the labels of the pods."
        yield Violation(selector.path, "no pods of the stack", remedy, level)


def _allows_some(stack: Stack, budget: Resource) -> Iterator[Violation]:
    spec = budget.properties.get("spec")
    unavailable, available = spec.get("maxUnavailable"), spec.get("minAvailable")
    if unavailable.is_set():
        if _share(unavailable) <= 0:
            yield Violation.of(unavailable, "Set maxUnavailable to 1 or more.")
        return
    if not available.is_set():
        yield Violation.of(unavailable, "Set maxUnavailable.")
        return
    for workload in _selected(stack, budget):
        kept = _share(available) if isinstance(available.value, str) else available.number() or 0
        everything = 1 if isinstance(available.value, str) else stack.least_replicas(workload)
        if kept >= everything:
            yield Violation.of(available, "Set maxUnavailable to 1 instead: nothing may ever be drained.")


def _share(bound: Node) -> float:
    """A percentage as a share of 1, or a number as it is."""
    if not isinstance(bound.value, str):
        return bound.number() or 0
    number = bound.value.removesuffix("%")
    return int(number) / 100 if number.isdecimal() and len(number) < 4 else 0


def _each_server_has_one(stack: Stack) -> Iterator[tuple[Resource, Outcome]]:
    budgets = _budgets_by_workload(stack)
    for server in stack.model_servers:
        path, found = server.pod.metadata.path, budgets[server]
        if not found:
            yield server.resource, missing(stack, [_BUDGET], Violation(path, "no PodDisruptionBudget"))
        elif len(found) > 1:
            names = ", ".join(budget.reference or "" for budget in found)
            remedy = "Remove all but one: a pod with several budgets cannot be evicted at all."
            yield server.resource, Violation(path, names, remedy)


def _budgets_by_workload(stack: Stack) -> dict[Workload, list[Resource]]:
    budgets: dict[Workload, list[Resource]] = defaultdict(list)
    for budget in stack.of(_BUDGET):
        with stack.reading(_BUDGET):
            for workload in _selected(stack, budget):
                budgets[workload].append(budget)
    return budgets


RULES = (
    StackRule(
        id="M06",
        title="A node drain never evicts all servers of a model",
        why="Without a budget, a node upgrade may evict all servers of a model at once. A budget that allows no "
        "eviction blocks the upgrade instead.",
        severity=Severity.HIGH,
        remedy="Add a PodDisruptionBudget with maxUnavailable 1 whose selector matches the pods.",
        check=all_of(for_resources([_BUDGET], _selects_pods, _allows_some), of_model_servers(_each_server_has_one)),
    ),
)
