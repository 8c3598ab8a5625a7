"""What a policy found wrong, as data."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Severity(StrEnum):
    """How bad a violation is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """Who allows a violation, why, and until when: ``expires`` is the last day, as YYYY-MM-DD."""

    expires: str
    owner: str
    reason: str

    def __str__(self) -> str:
        return f"until {self.expires}, {self.owner}: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a policy found at a resource (``urn``; empty for the stack itself).

    ``unknown``: the rule cannot be judged before the value of ``field`` is known. ``exemption``: the stack allows the
    violation. A policy that is not one of the pack's rules goes by its own name, and all that it says is ``found``:
    ``field`` and ``remedy`` are empty, and ``severity`` is None unless the policy has one.
    """

    rule: str
    level: Literal["mandatory", "advisory"]
    urn: str
    title: str
    found: str
    severity: Severity | None = None
    field: str = ""
    remedy: str = ""
    exemption: Exemption | None = None
    unknown: bool = False

    @property
    def status(self) -> str:
        """In a word or a few, what becomes of it: its exemption, that it cannot be known yet, or its level."""
        if self.exemption:
            return f"exempt {self.exemption}"
        return "cannot be known" if self.unknown else self.level
