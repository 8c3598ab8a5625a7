"""What a rule applies to, so that a report distinguishes what passed from what was never there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from node import UnreadableError
from subject import Resource
from workloads import Pod


@dataclass(frozen=True)
class Scope:
    """The objects that a rule judges: ``names`` for people, and whether one of them is among them.

    ``holds`` may raise UnreadableError: what cannot be read counts as judged, and the rule reports it.
    """

    names: tuple[str, ...]
    holds: Callable[[Resource], bool]

    def covers(self, resource: Resource) -> bool:
        """Whether a rule of this scope judges ``resource``."""
        try:
            return self.holds(resource)
        except UnreadableError:
            return True

    def __or__(self, other: "Scope") -> "Scope":
        names = dict.fromkeys((*self.names, *other.names))
        return Scope(tuple(names), lambda resource: self.covers(resource) or other.covers(resource))


def of(*kinds: str) -> Scope:
    """The objects of ``kinds`` (``group/Kind``)."""
    names = frozenset(kinds)
    return Scope(kinds, lambda resource: resource.kind_name in names)


def pods_that(name: str, is_one: Callable[[Pod], bool]) -> Scope:
    """What carries a pod for which ``is_one`` holds."""
    return Scope((name,), lambda resource: any(is_one(pod) for pod in resource.pods))


def parts(name: str, select: Callable[[Resource], Iterable[object]]) -> Scope:
    """The objects in which ``select`` finds something."""
    return Scope((name,), lambda resource: any(True for _ in select(resource)))


PODS = Scope(("everything that carries a pod",), lambda resource: bool(resource.pods))
MODEL_SERVERS = pods_that("model servers", Pod.is_model_server)
CLAIMS = Scope(("everything that claims storage",), lambda resource: bool(resource.claims))
