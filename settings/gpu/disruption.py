"""When the nodes of a pool may be removed. Draining also respects the models' own disruption budgets."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from settings.validation.issues import MISSING, Issue
from settings.validation.section import Section, WholeNumber
from settings.values.cron import CronExpression


class Consolidation(StrEnum):
    """Which nodes are removed."""

    EMPTY = "empty"
    UNDERUTILIZED = "underutilized"


class DisruptionReason(StrEnum):
    """Why a node is removed, in Karpenter's terms."""

    EMPTY = "Empty"
    UNDERUTILIZED = "Underutilized"
    DRIFTED = "Drifted"


class DisruptionBudget(Section):
    """How many nodes of a pool may be disrupted at the same time, always or during certain times."""

    nodes: Annotated[WholeNumber, Field(ge=0, le=1000)]
    """Number of nodes at the same time; 0 forbids disruption."""
    schedule: CronExpression | None = None
    """When the budget becomes active, in UTC; if not set, it always is."""
    duration_minutes: Annotated[WholeNumber, Field(ge=1, le=10_080)] | None = None
    """How long the budget then stays active."""
    reasons: tuple[DisruptionReason, ...] = ()
    """Reasons that it applies to; empty for all."""

    def issues(self) -> Iterator[Issue]:
        """Check that schedule and duration are set together."""
        if (self.schedule is None) != (self.duration_minutes is None):
            missing = "schedule" if self.schedule is None else "durationMinutes"
            yield Issue(path=(missing,), found=MISSING, expected="schedule and durationMinutes, or neither")


class Disruption(Section):
    """When Karpenter removes or replaces nodes."""

    consolidation: Consolidation = Consolidation.EMPTY
    """`empty` removes nodes without pods; `underutilized` also packs pods onto fewer nodes, which restarts them."""
    consolidate_after_seconds: Annotated[WholeNumber, Field(ge=0, le=86_400)] = 300
    """How long a node must have been in that state."""
    expire_after_hours: Annotated[WholeNumber, Field(ge=1, le=8760)] | None = 720
    """Age at which a node is replaced; `null` for never."""
    budgets: tuple[DisruptionBudget, ...] = Field(default_factory=lambda: (DisruptionBudget(nodes=1),))
    """The strictest active budget applies; by default, one node at a time."""
