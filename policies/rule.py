"""The rule model: what a rule is, what it can find, and how it is spread over the parts of a resource."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from typing import TypeVar

from configuration import Level
from node import Node, Path, UnreadableError, WrongTypeError
from remediation import Remediate
from scope import PODS, Scope, of
from subject import Resource
from workloads import Container, ContainerKind, Pod

S = TypeVar("S")
T = TypeVar("T")
AnyRule = TypeVar("AnyRule", bound="CatalogueEntry")


class Severity(StrEnum):
    """How bad a violation is, for people who decide what to fix first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True)
class Violation:
    """A property that breaks a rule.

    ``found`` describes the value, and reveals no more than ``Node.shown`` does. ``remedy`` and ``level`` are the rule's
    own unless given.
    """

    path: Path
    found: str
    remedy: str | None = None
    level: Level | None = None

    @classmethod
    def of(cls, node: Node, remedy: str | None = None, level: Level | None = None) -> "Violation":
        """The violation that the value of ``node`` is."""
        return cls(node.path, node.shown(), remedy, level)


class Malformed(Violation):
    """A property of another type than the Kubernetes API has in its place."""


@dataclass(frozen=True)
class Undecided:
    """A rule that cannot be judged before the property at ``path`` is known."""

    path: Path


Outcome = Violation | Undecided


Find = Callable[[Resource], Iterator[Outcome]]


@dataclass(frozen=True)
class Check:
    """How a rule judges an object: what it is about, and what it finds there.

    ``scope`` takes nothing away from ``find``, which finds nothing outside of it; the tests hold every rule to that.
    """

    scope: Scope
    find: Find

    def __call__(self, resource: Resource) -> Iterator[Outcome]:
        """What is found in ``resource``."""
        return self.find(resource)

    def about(self, scope: Scope) -> "Check":
        """The same check, of which only what is in ``scope`` counts as judged."""
        return Check(scope, self.find)


@dataclass(frozen=True, kw_only=True)
class CatalogueEntry:
    """What every rule says of itself: ``why`` what it forbids is bad; ``remedy`` names the field to set."""

    id: str
    title: str
    why: str
    severity: Severity
    remedy: str
    level: Level = Level.MANDATORY


@dataclass(frozen=True, kw_only=True)
class Rule(CatalogueEntry):
    """A rule that judges each resource by itself.

    ``remediate``, where given, fills in what is missing; it never overrules a decision that someone wrote down.
    """

    check: Check
    remediate: Remediate | None = None


def by_id(rules: Iterable[AnyRule]) -> Mapping[str, AnyRule]:
    """The rules by their id, in the order of the ids; of two with one id, the later."""
    latest = {rule.id: rule for rule in rules}
    return dict(sorted(latest.items()))


def for_kinds(kinds: Iterable[str], *checks: Callable[[Resource], Iterator[Violation]]) -> Check:
    """A check of objects of ``kinds`` (``group/Kind``) as a whole; each of ``checks`` is judged for itself."""
    return of_kinds(kinds, for_resource(*checks))


def of_kinds(kinds: Iterable[str], find: Find) -> Check:
    """``find``, of objects of ``kinds`` (``group/Kind``) alone."""
    names = tuple(kinds)
    wanted = frozenset(names)

    def check_kind(resource: Resource) -> Iterator[Outcome]:
        if resource.kind_name in wanted:
            yield from find(resource)

    return Check(of(*names), check_kind)


def for_each(select: Callable[[Resource], Iterable[T]], *checks: Callable[[T], Iterator[Violation]]) -> Find:
    """A check of the parts of an object that ``select`` picks; one that cannot be read does not hide the others."""

    def check(resource: Resource) -> Iterator[Outcome]:
        yield from _each(select, resource, checks)

    return check


def for_resource(*checks: Callable[[Resource], Iterator[Violation]]) -> Find:
    """A check of the object as a whole; each of ``checks`` is judged for itself."""

    def check(resource: Resource) -> Iterator[Outcome]:
        for each in checks:
            yield from guarded(each, resource)

    return check


def for_pods(*checks: Callable[[Pod], Iterator[Violation]]) -> Check:
    """A check of every pod."""
    return for_parts([lambda pod: (pod,)], *checks)


def for_containers(
    *checks: Callable[[Container], Iterator[Violation]], kinds: Sequence[ContainerKind] = tuple(ContainerKind)
) -> Check:
    """A check of every container of ``kinds``."""
    return for_parts([_containers(kind) for kind in kinds], *checks)


def for_security_contexts(check: Callable[[Node], Iterator[Violation]]) -> Check:
    """A check of the pod's security context and of every container's."""
    return all_of(
        for_pods(lambda pod: check(pod.security_context)),
        for_containers(lambda container: check(container.security_context)),
    )


def for_parts(selectors: Sequence[Callable[[Pod], Iterable[T]]], *checks: Callable[[T], Iterator[Violation]]) -> Check:
    """A check of the parts of every pod that ``selectors`` pick; one that cannot be read does not hide the others."""

    def check(resource: Resource) -> Iterator[Outcome]:
        for pod in resource.pods:
            for selector in selectors:
                found = _each(selector, pod, checks)
                yield from _on_what_is_written(resource, found) if pod.is_partial else found

    return Check(PODS, check)


def all_of(*checks: Check) -> Check:
    """The outcomes of all ``checks``."""
    finds = [check.find for check in checks]

    def check(resource: Resource) -> Iterator[Outcome]:
        for find in finds:
            yield from find(resource)

    return Check(reduce(Scope.__or__, (each.scope for each in checks)), check)


def guarded(check: Callable[[T], Iterator[Violation]], subject: T) -> Iterator[Outcome]:
    """The outcomes of ``check``; what it cannot read is one of them."""
    try:
        yield from check(subject)
    except UnreadableError as error:
        yield _outcome(error)


def _each(
    select: Callable[[S], Iterable[T]], whole: S, checks: Sequence[Callable[[T], Iterator[Violation]]]
) -> Iterator[Outcome]:
    try:
        parts = list(select(whole))
    except UnreadableError as error:
        yield _outcome(error)
        return
    for part in parts:
        for check in checks:
            yield from guarded(check, part)


def _on_what_is_written(resource: Resource, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """The outcomes on properties that are set, and of the type that a pod has there."""
    for outcome in outcomes:
        if not isinstance(outcome, Malformed) and resource.properties.holds(outcome.path):
            yield outcome


def _containers(kind: ContainerKind) -> Callable[[Pod], Iterator[Container]]:
    return lambda pod: pod.containers(kind)


def _outcome(error: UnreadableError) -> Outcome:
    if isinstance(error, WrongTypeError):
        return Malformed(error.path, error.actual, f"Set {error.expected} here, or remove the field.")
    return Undecided(error.path)
