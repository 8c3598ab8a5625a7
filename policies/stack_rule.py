"""Rules that relate the resources of a stack, and how their checks are made."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from rule import CatalogueEntry, Outcome, Undecided, Violation, guarded
from scope import MODEL_SERVERS
from stack import Stack, Workload
from subject import Resource

T = TypeVar("T", Resource, Workload)

FindInStack = Callable[[Stack], Iterator[tuple[Resource, Outcome]]]


@dataclass(frozen=True)
class StackCheck:
    """How a rule judges a stack: what it is about, in words (``names``) and as objects, and what it finds there."""

    names: tuple[str, ...]
    judged: Callable[[Stack], Iterable[Resource]]
    find: FindInStack

    def __call__(self, stack: Stack) -> Iterator[tuple[Resource, Outcome]]:
        """What is found in ``stack``."""
        return self.find(stack)


@dataclass(frozen=True, kw_only=True)
class StackRule(CatalogueEntry):
    """A rule that judges how resources go together; each outcome is about one of them."""

    check: StackCheck


def for_resources(kinds: Iterable[str], *checks: Callable[[Stack, Resource], Iterator[Violation]]) -> StackCheck:
    """A check of every object of ``kinds`` among the others; one that cannot be read does not hide the others."""
    names = tuple(kinds)
    return StackCheck(
        names,
        lambda stack: stack.of(*names),
        lambda stack: _judged(stack, stack.of(*names), lambda resource: resource, *checks),
    )


def for_model_servers(*checks: Callable[[Stack, Workload], Iterator[Violation]]) -> StackCheck:
    """A check of every model server among the others."""
    return of_model_servers(lambda stack: _judged(stack, stack.model_servers, lambda each: each.resource, *checks))


def of_model_servers(find: FindInStack) -> StackCheck:
    """``find``, which is about the stack's model servers."""
    return StackCheck(MODEL_SERVERS.names, lambda stack: (each.resource for each in stack.model_servers), find)


def all_of(*checks: StackCheck) -> StackCheck:
    """The outcomes of all ``checks``."""

    def check(stack: Stack) -> Iterator[tuple[Resource, Outcome]]:
        for each in checks:
            yield from each(stack)

    def judged(stack: Stack) -> Iterator[Resource]:
        for each in checks:
            yield from each.judged(stack)

    return StackCheck(tuple(dict.fromkeys(name for each in checks for name in each.names)), judged, check)


def missing(stack: Stack, kinds: Iterable[str], violation: Violation) -> Outcome:
    """``violation``, that an object of ``kinds`` is missing; undecided where one cannot be read and may be it."""
    return Undecided(violation.path) if stack.not_yet_known.intersection(kinds) else violation


def _judged(
    stack: Stack,
    subjects: Iterable[T],
    resource_of: Callable[[T], Resource],
    *checks: Callable[[Stack, T], Iterator[Violation]],
) -> Iterator[tuple[Resource, Outcome]]:
    for subject in subjects:
        for check in checks:
            for outcome in guarded(partial(check, stack), subject):
                yield resource_of(subject), outcome
