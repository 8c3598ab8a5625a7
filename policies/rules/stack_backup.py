"""D10: persistent data can be restored."""

from collections.abc import Iterator

from configuration import Level
from rule import Outcome, Severity, Violation, guarded
from scope import CLAIMS
from stack import Stack, namespace_of
from stack_rule import StackCheck, StackRule, missing
from subject import Claim, Resource

RESTORED_FROM = "inference/restored-from"
_SCHEDULES = ("velero.io/Schedule", "k8up.io/Schedule")


def _is_backed_up(stack: Stack) -> Iterator[tuple[Resource, Outcome]]:
    namespaces = _backed_up_namespaces(stack)
    if "*" in namespaces:
        return
    for resource in stack.resources:
        for claim in resource.claims:
            for outcome in guarded(lambda claim: _can_be_had_again(claim, namespaces), claim):
                yield resource, missing(stack, _SCHEDULES, outcome) if isinstance(outcome, Violation) else outcome


def _can_be_had_again(claim: Claim, namespaces: set[str]) -> Iterator[Violation]:
    copied = claim.node.get("metadata").get("annotations").get(RESTORED_FROM).text()
    if not copied and namespace_of(claim.owner) not in namespaces:
        yield Violation(claim.node.get("metadata").path, "no backup")


def _backed_up_namespaces(stack: Stack) -> set[str]:
    """The namespaces that some schedule includes; ``*`` for all."""
    namespaces: set[str] = set()
    for schedule in stack.of(*_SCHEDULES):
        with stack.reading(schedule.kind_name):
            namespaces.update(_included(schedule))
    return namespaces


def _included(schedule: Resource) -> list[str]:
    # K8up backs up the namespace that its schedule is in; Velero those it names, or all.
    if schedule.kind.group == "k8up.io":
        return [namespace_of(schedule)]
    names = schedule.properties.get("spec").get("template").get("includedNamespaces").items()
    return [name.text() or "" for name in names] or ["*"]


RULES = (
    StackRule(
        id="D10",
        title="Persistent data is backed up",
        why="Replicas do not help when data is deleted by mistake or encrypted by an attacker. Only a backup does.",
        severity=Severity.MEDIUM,
        remedy=f"Add a Schedule that includes the namespace, or annotate the claim: {RESTORED_FROM}.",
        check=StackCheck(CLAIMS.names, lambda stack: filter(CLAIMS.covers, stack.resources), _is_backed_up),
        level=Level.ADVISORY,
    ),
)
