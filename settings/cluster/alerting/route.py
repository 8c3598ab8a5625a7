"""Who is told of which alerts, and how often."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from settings.validation.issues import MISSING, Issue, refuse
from settings.validation.repeated import repeated
from settings.validation.section import Section, WholeNumber
from settings.values.text import DnsLabel, matching, named_text


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    for name, uses in repeated(names):
        refuse("each name once", f"'{name}' is there {uses} times")
    return names


_EachOnce = AfterValidator(_each_once)
Receivers = Annotated[tuple[DnsLabel, ...], Field(min_length=1), _EachOnce]
_LabelName = Annotated[str, matching(r"[A-Za-z_][A-Za-z0-9_]{0,127}", "the name of a label"), named_text("label name")]
_Seconds = Annotated[WholeNumber, Field(ge=1, le=86_400)]


class AlertSeverity(StrEnum):
    """What an alert asks of people."""

    CRITICAL = "critical"
    WARNING = "warning"


class Route(Section):
    """Alerts of these teams and severities; the first route that an alert fits takes it."""

    receivers: Receivers
    """Names of the receivers, which are all told."""
    teams: tuple[DnsLabel, ...] = ()
    """Values of the label `team`; any if not set."""
    severities: tuple[AlertSeverity, ...] = ()
    """Severities; any if not set."""

    def issues(self) -> Iterator[Issue]:
        """Check that the route leaves something for those after it."""
        if not self.teams and not self.severities:
            yield Issue(
                path=("teams",),
                found=MISSING,
                expected="teams, severities or both",
                hint="receivers of everything else are those of `default`",
            )


class Grouping(Section):
    """Which alerts are told together, and when."""

    by: Annotated[tuple[_LabelName, ...], _EachOnce] = ("inference_model", "severity")
    """Alerts with the same values of these labels are one notification."""
    wait_seconds: _Seconds = 30
    """How long the first alert of a group waits for others."""
    interval_seconds: _Seconds = 300
    """How long what is new in a group waits."""
    repeat_minutes: Annotated[WholeNumber, Field(ge=1, le=43_200)] = 240
    """After how long is told again what still holds."""

    def issues(self) -> Iterator[Issue]:
        """Check that a group repeats no faster than it is looked at."""
        if self.repeat_minutes * 60 < self.interval_seconds:
            yield Issue(
                path=("repeatMinutes",),
                found=f"{self.repeat_minutes}, less than intervalSeconds",
                expected=f"at least {-(-self.interval_seconds // 60)}: a group is looked at every "
                f"{self.interval_seconds} seconds",
            )


class Heartbeat(Section):
    """Who waits for the alert `Watchdog`, which fires always, and says so when it no longer comes."""

    receiver: DnsLabel
    """Name of the receiver."""
    every_minutes: Annotated[WholeNumber, Field(ge=1, le=1440)] = 5
    """How often it is told."""
