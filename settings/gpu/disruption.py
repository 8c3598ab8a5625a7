"""When a pool's nodes may be taken away. What is drained also waits for the models' own disruption budgets."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from settings.validation.issues import MISSING, Issue
from settings.validation.section import Section, WholeNumber
from settings.values.text import matching, named_text

_CRON_FIELD = r"[0-9A-Z*,/-]{1,100}"

Schedule = Annotated[
    str,
    matching(rf"{_CRON_FIELD}(?: {_CRON_FIELD}){{4}}", "a cron schedule of five fields, such as 0 8 * * MON-FRI"),
    named_text("cron schedule"),
]


class Consolidation(StrEnum):
    """Which nodes are given back."""

    EMPTY = "empty"
    UNDERUTILIZED = "underutilized"


class DisruptionReason(StrEnum):
    """Why a node is taken away; Karpenter's words."""

    EMPTY = "Empty"
    UNDERUTILIZED = "Underutilized"
    DRIFTED = "Drifted"


class DisruptionBudget(Section):
    """How many nodes of a pool may be taken away at the same time, always or at certain times."""

    nodes: Annotated[WholeNumber, Field(ge=0, le=1000)]
    """Nodes at the same time; 0 forbids it."""
    schedule: Schedule | None = None
    """When the budget begins to hold, in UTC; always without it."""
    duration_minutes: Annotated[WholeNumber, Field(ge=1, le=10_080)] | None = None
    """How long it holds from then on."""
    reasons: tuple[DisruptionReason, ...] = ()
    """What it is about; empty for everything."""

    def issues(self) -> Iterator[Issue]:
        """A schedule lasts for some time."""
        if (self.schedule is None) != (self.duration_minutes is None):
            missing = "schedule" if self.schedule is None else "durationMinutes"
            yield Issue(path=(missing,), found=MISSING, expected="schedule and durationMinutes, or neither")


class Disruption(Section):
    """When Karpenter gives nodes back or replaces them."""

    consolidation: Consolidation = Consolidation.EMPTY
    """`empty` gives back nodes without pods; `underutilized` also moves pods together, each of which starts again."""
    consolidate_after_seconds: Annotated[WholeNumber, Field(ge=0, le=86_400)] = 300
    """How long a node must have been so."""
    expire_after_hours: Annotated[WholeNumber, Field(ge=1, le=8760)] | None = 720
    """Age at which a node is replaced; `null` for never."""
    budgets: tuple[DisruptionBudget, ...] = Field(default_factory=lambda: (DisruptionBudget(nodes=1),))
    """Of several that hold at the same time the strictest counts; without any, one node goes at a time."""
