"""How many requests of a caller a model takes."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from settings.validation.issues import MISSING, Issue
from settings.validation.repeated import repeated
from settings.validation.section import Section, WholeNumber
from settings.validation.words import did_you_mean, listed, shown
from settings.values.text import DnsLabel

# What a proxy counts with: its tokens are 32-bit numbers.
Requests = Annotated[WholeNumber, Field(ge=1, le=1_000_000)]
SECOND, MINUTE = 1, 60


class RateLimit(Section):
    """A limit of what one caller may send to each pod of the model; REST and gRPC are counted apart. With more pods, or
    while a rollout adds some, more gets through."""

    caller: DnsLabel
    """One of the model's `callers`; whoever it is by what was proved, not by what a header says."""
    requests_per_second_per_pod: Requests | None = None
    """Requests per second, on average. This or `requestsPerMinutePerPod` is required."""
    requests_per_minute_per_pod: Requests | None = None
    """Requests per minute, on average, for limits below one per second."""
    burst_requests: Requests | None = None
    """Requests at once, after a pause; as many as in one second (or minute) if not set."""

    @property
    def requests(self) -> int:
        """The requests in each period."""
        return self.requests_per_second_per_pod or self.requests_per_minute_per_pod or 0

    @property
    def period_seconds(self) -> int:
        """The period in seconds."""
        return SECOND if self.requests_per_second_per_pod else MINUTE

    @property
    def burst(self) -> int:
        """The requests that may come at once."""
        return self.burst_requests or self.requests

    def issues(self) -> Iterator[Issue]:
        """Check that there is one rate, and that its burst can hold it."""
        rates = [self.requests_per_second_per_pod, self.requests_per_minute_per_pod]
        if rates == [None, None]:
            yield Issue(
                path=("requestsPerSecondPerPod",),
                found=MISSING,
                expected="requestsPerSecondPerPod or requestsPerMinutePerPod: without either there is no limit",
            )
        if None not in rates:
            yield Issue(
                path=("requestsPerMinutePerPod",),
                found="set, in addition to requestsPerSecondPerPod",
                expected="one of the two",
            )
        elif self.burst < self.requests:
            yield Issue(
                path=("burstRequests",),
                found=f"{self.burst}, less than the {self.requests} requests of each period",
                expected=f"at least {self.requests}: more than a burst is refused, so that the rate is never reached",
            )


def rate_limit_issues(limits: Sequence[RateLimit], callers: Sequence[str]) -> Iterator[Issue]:
    """Check that each limit is that of a caller of the model, and its only one."""
    names = [limit.caller for limit in limits]
    for index, name in enumerate(names):
        if name not in callers:
            yield Issue(
                path=(index, "caller"),
                found=shown(name),
                expected=f"one of the model's callers: {listed(callers)}" if callers else "one of the model's callers",
                hint=did_you_mean(name, callers),
            )
    for name, uses in repeated(names):
        yield Issue(path=(), found=f"caller '{name}', {uses} times", expected="each caller once")
