"""A change to one object of the compliant stack."""

from dataclasses import dataclass
from typing import Any

from tests.policies.manifests import REMOVED, changed, stack


@dataclass(frozen=True)
class Break:
    """The property at ``path`` of ``subject`` set to ``value``, and the rules that must say so.

    ``also``: another property, set beforehand.
    """

    rules: str
    path: str
    value: Any
    subject: str = "server"
    also: tuple[str, Any] | None = None

    def __str__(self) -> str:
        shown = "removed" if self.value is REMOVED else repr(self.value)
        return f"{self.rules} {self.subject} {self.path.removeprefix('spec template ')} {shown}"[:110]

    def manifest(self) -> dict[str, Any]:
        """The changed object."""
        return self.manifests()[self.subject]

    def manifests(self) -> dict[str, dict[str, Any]]:
        """The whole stack with the changed object in it."""
        manifests = stack()
        subject = manifests[self.subject]
        if self.also:
            subject = changed(subject, *self.also)
        return {**manifests, self.subject: changed(subject, self.path, self.value)}


def of(subject: str, *breaks: tuple[str, str, Any]) -> list[Break]:
    """Several changes to one object, each with its rules, path and value."""
    return [Break(rules, path, value, subject) for rules, path, value in breaks]
