"""Exemptions: violations that a stack accepts, with a reason, an owner and an expiry date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """One exemption. ``resource`` is ``Kind/namespace/name``; ``expires`` is the last day that it holds.

    ``expires`` is None where the configuration holds no date; ``index`` is its place there.
    """

    index: int
    rule: str
    resource: str
    reason: str
    owner: str
    expires: date | None

    @classmethod
    def from_properties(cls, index: int, properties: Mapping[str, Any]) -> "Exemption":
        """Read an entry of the configuration, which its schema has validated."""
        return cls(
            index=index,
            rule=properties["rule"],
            resource=properties["resource"],
            reason=_on_one_line(properties["reason"]),
            owner=_on_one_line(properties["owner"]),
            expires=_date(properties["expires"]),
        )

    def holds(self, rule: str, resource: str | None) -> bool:
        """Whether this exempts ``resource`` from ``rule`` today."""
        return self.rule == rule and self.resource == resource and not self.is_expired()

    def is_expired(self) -> bool:
        """Whether its last day is over, in UTC; one without a date never holds."""
        return self.expires is None or self.expires < datetime.now(UTC).date()

    def as_data(self) -> Mapping[str, str]:
        """The exemption as JSON can hold it."""
        return {"expires": str(self.expires), "owner": self.owner, "reason": self.reason}

    def __str__(self) -> str:
        return f"until {self.expires}, {self.owner}: {self.reason}"


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
