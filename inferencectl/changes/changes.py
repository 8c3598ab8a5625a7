"""The changes of a deployment: planned, or carried out."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What happens to one object; a released one leaves the stack and stays in the cluster."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    RELEASE = "release"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """One changed field. `before` or `after` is None where the field is absent; a secret is shown as `[secret]`.

    `path` is dotted, with list items by name if they have one: `spec.template.spec.containers[server].image`.
    """

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, kw_only=True)
class Change:
    """What happens to one object, and which fields an update or replacement changes.

    `drifted`: the object was changed or deleted since the last deployment, while the program stayed the same.
    """

    action: Action
    kind: str
    namespace: str
    name: str
    urn: str
    fields: tuple[FieldChange, ...] = ()
    drifted: bool = False

    @property
    def full_name(self) -> str:
        """The name, prefixed by the namespace if there is one."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.full_name}{' (drifted)' if self.drifted else ''}"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The change of every object, in the order of deployment, then the deletions."""

    changes: tuple[Change, ...]

    @property
    def counts(self) -> Counter[Action]:
        """The number of objects by action."""
        return Counter(change.action for change in self.changes)

    @property
    def changed(self) -> tuple[Change, ...]:
        """All changes except those of unchanged objects."""
        return tuple(change for change in self.changes if change.action is not Action.UNCHANGED)

    @property
    def drifted(self) -> tuple[Change, ...]:
        """The objects that were changed or deleted by another client since the last deployment."""
        return tuple(change for change in self.changes if change.drifted)


@dataclass(frozen=True, kw_only=True)
class Outcome(Plan):
    """A plan that was carried out."""

    seconds: float
