"""Rules that relate the resources of a stack, and how their checks are made."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from rule import CatalogueEntry, Outcome, Undecided, Violation, guarded
from stack import Stack, Workload
from subject import Resource

T = TypeVar("T", Resource, Workload)

StackCheck = Callable[[Stack], Iterator[tuple[Resource, Outcome]]]


@dataclass(frozen=True, kw_only=True)
class StackRule(CatalogueEntry):
    """A rule that judges how resources go together; each outcome is told of one of them."""

    check: StackCheck


def for_resources(kinds: Iterable[str], *checks: Callable[[Stack, Resource], Iterator[Violation]]) -> StackCheck:
    """A check of every object of ``kinds`` among the others; one that cannot be read does not hide the others."""
    names = tuple(kinds)
    return lambda stack: _judged(stack, stack.of(*names), lambda resource: resource, *checks)


def for_model_servers(*checks: Callable[[Stack, Workload], Iterator[Violation]]) -> StackCheck:
    """A check of every model server among the others."""
    return lambda stack: _judged(stack, stack.model_servers, lambda workload: workload.resource, *checks)


def all_of(*checks: StackCheck) -> StackCheck:
    """The outcomes of all ``checks``."""

    def check(stack: Stack) -> Iterator[tuple[Resource, Outcome]]:
        for each in checks:
            yield from each(stack)

    return check


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
