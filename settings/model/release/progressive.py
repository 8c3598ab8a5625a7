"""The strategy `progressive`: a new version gets more and more requests while it answers them well."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

from pydantic import Field, Strict

from settings.cluster.autoscaling import Autoscaling
from settings.model.release.candidate import Candidate, candidate_issues
from settings.model.release.strategy import ReleaseStrategy, Share
from settings.model.scaling import Milliseconds
from settings.model.version import Version
from settings.validation.issues import MISSING, Issue
from settings.validation.repeated import repeated
from settings.validation.section import Section, WholeNumber
from settings.values.promql import Promql
from settings.values.text import DnsLabel

SHORTEST_INTERVAL_SECONDS = 10
"""Flagger takes a shorter interval for this one."""

RELEASE_PROTOCOLS = ("http", "grpc")
"""Each has Services, a Canary and a route of its own, named `<model>-<protocol>`."""

RELEASE_ROLES = ("", "-primary", "-canary")
"""Ends of the names of these Services: Flagger's target, and the two that the route shares requests among."""


def release_services(model: str) -> Iterator[tuple[str, str]]:
    """The names of these Services of a model, each with its protocol."""
    for protocol in RELEASE_PROTOCOLS:
        yield from ((f"{model}-{protocol}{role}", protocol) for role in RELEASE_ROLES)


Percent = Annotated[WholeNumber, Field(ge=1, le=100)]
_Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]


class Gate(Section):
    """What the runtime's own metrics must say of the candidate; both protocols count together."""

    success_percent: Annotated[float, Strict(), Field(gt=0, le=100)] | None = 99
    """Least share of requests that are answered without an error; `null` for none."""
    latency_p95_milliseconds: Milliseconds | None = None
    """Greatest 95th percentile of the servers' latency, in milliseconds."""


class GateQuery(Section):
    """A measurement of the stack's own that the candidate must pass."""

    name: DnsLabel
    """Name of the measurement, for people."""
    query: Promql
    """PromQL with exactly one element; `$namespace`, `$pods` (a regular expression for the candidate's pods) and \
`$window` are filled in."""
    minimum: _Number | None = None
    """Least value that passes."""
    maximum: _Number | None = None
    """Greatest value that passes."""

    def issues(self) -> Iterator[Issue]:
        """There is a limit, and a value that passes."""
        if self.minimum is None and self.maximum is None:
            yield Issue(path=("minimum",), found=MISSING, expected="minimum, maximum, or both")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            yield Issue(
                path=("minimum",),
                found=f"{self.minimum:g}, more than maximum {self.maximum:g}",
                expected="a range that some value is in",
            )
        if "{{" in self.query:
            yield Issue(
                path=("query",),
                found="'{{', which begins a template of Flagger's",
                expected="PromQL with no placeholders but $namespace, $pods and $window",
            )


class ProgressiveRelease(ReleaseStrategy):
    """Flagger leads requests to the candidate step by step, and takes them back when it answers badly."""

    splits: ClassVar[bool] = False

    strategy: Literal["progressive"] = "progressive"
    """How clients get to the versions."""
    candidate: Candidate | None = None
    """Number of the version to try; its weight is 0. Without one, nothing is tried: a model begins so."""
    step_percents: Annotated[tuple[Percent, ...], Field(min_length=1, max_length=50)] = (5, 10, 25, 50)
    """Shares of the requests that the candidate gets one after the other, each for an interval at least."""
    promotion_step_percent: Percent = 25
    """Share of the requests that moves per interval after that, until the candidate has all."""
    interval_seconds: Annotated[WholeNumber, Field(ge=SHORTEST_INTERVAL_SECONDS, le=3600)] = 30
    """How often the candidate is judged."""
    failures: Annotated[WholeNumber, Field(ge=1, le=100)] = 2
    """Failed checks after which requests go back; that takes one interval more."""
    gate: Gate = Gate()
    """What the runtime's metrics must say of the candidate."""
    queries: tuple[GateQuery, ...] = ()
    """Measurements of the stack's own, in addition to `gate`."""

    def issues(self) -> Iterator[Issue]:
        """Steps rise, something is measured, and names are told apart."""
        for index, (before, after) in enumerate(pairwise(self.step_percents), start=1):
            if after <= before:
                yield Issue(
                    path=("stepPercents", index),
                    found=f"{after} after {before}",
                    expected="steps that rise, such as [5, 10, 25, 50]",
                )
        if not self.queries and self.gate.success_percent is None and self.gate.latency_p95_milliseconds is None:
            yield Issue(
                path=("gate",),
                found="nothing to judge the candidate by",
                expected="successPercent, latencyP95Milliseconds, or one of queries",
            )
        for name, count in repeated(each.name for each in self.queries):
            yield Issue(
                path=("queries",), found=f"name '{name}', {count} times", expected="a different name for each query"
            )

    def version_issues(self, versions: Sequence[Version]) -> Iterator[Issue]:
        """The candidate, if there is one, is among the versions, and its weight is 0."""
        if self.candidate is not None:
            yield from candidate_issues(self.candidate, versions)

    def metrics_issues(
        self, autoscaling: Autoscaling | None, runtime: str, *, counts_failures: bool, has_histogram: bool
    ) -> Iterator[Issue]:
        """What the strategy asks of the stack's Prometheus and of the runtime's metrics; paths below ``release``."""
        if autoscaling is None:
            yield Issue(
                path=("strategy",),
                found="progressive, but the stack names no Prometheus",
                expected="autoscaling among the stack's settings, whose Prometheus measures the candidate",
                hint="set autoscaling: {prometheus, scraperNamespace}",
            )
        elif self.interval_seconds < autoscaling.scrape_interval_seconds:
            yield Issue(
                path=("intervalSeconds",),
                found=f"{self.interval_seconds}, shorter than autoscaling.scrapeIntervalSeconds "
                f"{autoscaling.scrape_interval_seconds}",
                expected="at least the scrape interval, or the same measurement is judged twice",
            )
        if self.gate.success_percent is not None and not counts_failures:
            yield Issue(
                path=("gate", "successPercent"),
                found=f"{self.gate.success_percent:g} with runtime {runtime}, which does not count failures over gRPC",
                expected="null, and one of queries that measures failures, such as at the gateway",
            )
        if self.gate.latency_p95_milliseconds is not None and not has_histogram:
            yield Issue(
                path=("gate", "latencyP95Milliseconds"),
                found=f"{self.gate.latency_p95_milliseconds} with runtime {runtime}, which has no histogram of it",
                expected="no latencyP95Milliseconds, or one of queries that measures it, such as at the gateway",
            )

    def told(self, versions: Sequence[Share]) -> str:
        """Which version is tried, and how."""
        first = max(versions, key=lambda version: version.share_percent).version
        if self.candidate is None:
            return f"all requests go to version {first}; the next candidate gets them step by step"
        steps = ", ".join(f"{step} %" for step in self.step_percents)
        return f"version {self.candidate} gets {steps}, then all requests, or version {first} gets them back"
