"""What a model promises its callers."""

from typing import Annotated

from pydantic import Field, Strict

from settings.model.scaling import Milliseconds
from settings.validation.section import Section

LEAST_PERCENT, MOST_PERCENT = 95, 99.999
"""Below 93.1 the fastest burn that pages, 14.4 times the budget, is more than all requests: it could never page."""

BUDGET_DAYS = 30
"""The days over which failures are counted."""


class Objective(Section):
    """What a model promises over 30 days; alerts say when the promise is in danger."""

    availability_percent: Annotated[float, Strict(), Field(ge=LEAST_PERCENT, le=MOST_PERCENT)]
    """Share of requests that are answered without an error; 100 would leave no budget for any failure."""
    latency_p95_milliseconds: Milliseconds | None = None
    """Greatest 95th percentile of the servers' latency, in milliseconds; without it, no alert on latency."""
