"""What the rules of a Role grant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from node import Node

READ = frozenset({"get", "list", "watch"})
WRITE = frozenset({"create", "update", "patch", "delete", "deletecollection"})
_WILDCARD = "*"


@dataclass(frozen=True)
class Power:
    """Verbs on resources of an API group that a role should not grant."""

    group: str
    resources: frozenset[str]
    verbs: frozenset[str]

    @cached_property
    def _wanted(self) -> Mapping[str, frozenset[str]]:
        anything = frozenset({_WILDCARD})
        return {
            "apiGroups": frozenset({self.group}) | anything,
            # What is granted on every resource is found as that, once, and not as all of its parts.
            "resources": self.resources,
            "verbs": self.verbs | anything,
        }

    def in_grant(self, grant: Node) -> str | None:
        """What of it ``grant`` gives, in words; None where it gives nothing."""
        given = {key: texts(grant, key) & names for key, names in self._wanted.items()}
        if not all(given.values()):
            return None
        return f"{', '.join(sorted(given['verbs']))} of {', '.join(sorted(given['resources']))}"


def given(grant: Node, powers: Iterable[Power]) -> str:
    """What of ``powers`` the grant gives, in words, or nothing."""
    return "; ".join(filter(None, (power.in_grant(grant) for power in powers)))


def texts(grant: Node, key: str) -> frozenset[str]:
    """The names in one of the lists of a grant."""
    return frozenset(item.text() or "" for item in grant.get(key).items())
