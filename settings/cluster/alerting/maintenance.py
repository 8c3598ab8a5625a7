"""When nobody is told, because somebody works on it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from settings.validation.issues import Issue, refuse
from settings.validation.section import Section
from settings.values.text import DnsLabel, matching, named_text
from settings.values.timezone import Timezone, fixed_offset

MOST_DAYS = 31
_MINUTE, _CENTURY = "%Y-%m-%dT%H:%M", "20"


class Weekday(StrEnum):
    """A day of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


def _minute(text: str) -> str:
    try:
        is_exact = f"{datetime.strptime(text, _MINUTE):{_MINUTE}}" == text and text.startswith(_CENTURY)
    except ValueError:
        is_exact = False
    if not is_exact:
        refuse("a date and time such as 2026-12-05T22:00")
    return text


_Minute = Annotated[str, AfterValidator(_minute), named_text("date and time")]
_Clock = Annotated[
    str,
    matching(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00", "a time of the day such as 22:00, in quotes"),
    named_text("time"),
]


class _Maintenance(Section):
    name: DnsLabel
    """Name of the window."""
    timezone: Timezone
    """Time zone of `begin` and `end`."""


class OneMaintenance(_Maintenance):
    """A window that comes once."""

    repeats: Literal["never"]
    """How often the window comes."""
    begin: _Minute
    """First minute."""
    end: _Minute
    """First minute after it."""

    def issues(self) -> Iterator[Issue]:
        """Check that the window has a length, and no absurd one."""
        begin, end = self.times
        # Python compares times of one zone by their clocks, which daylight saving puts forward.
        if end.astimezone(UTC) <= begin.astimezone(UTC):
            yield Issue(
                path=("end",),
                found=f"'{self.end}', not after begin",
                expected=f"a time after {self.begin}",
                hint="clocks are put forward in between" if self.end > self.begin else "",
            )
        elif end - begin > timedelta(days=MOST_DAYS):
            yield Issue(
                path=("end",),
                found=f"'{self.end}', {(end - begin).days} days after begin",
                expected=f"at most {MOST_DAYS} days in which nobody is told of anything",
            )

    @property
    def times(self) -> tuple[datetime, datetime]:
        """Begin and end."""
        zone = ZoneInfo(self.timezone)
        begin, end = (datetime.strptime(text, _MINUTE).replace(tzinfo=zone) for text in (self.begin, self.end))
        return begin, end


class WeeklyMaintenance(_Maintenance):
    """A window that comes every week."""

    repeats: Literal["weekly"]
    """How often the window comes."""
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1)]
    """Days of the week."""
    begin: _Clock
    """First minute."""
    end: _Clock
    """First minute after it."""

    def issues(self) -> Iterator[Issue]:
        """Check that the window ends on its day, and is the same time of UTC in summer and winter."""
        if self.end <= self.begin:
            yield Issue(
                path=("end",),
                found=f"'{self.end}', not after begin",
                expected=f"a time after {self.begin} of the same day",
                hint="a window over midnight is two: until 24:00, and from 00:00 of the next day",
            )
        if fixed_offset(self.timezone) is None:
            yield Issue(
                path=("timezone",),
                found=f"'{self.timezone}', which has daylight saving",
                expected="a time zone without it, such as Asia/Shanghai or UTC, for a window that repeats",
                hint="prometheus-operator hands on times of UTC only",
            )


Maintenance = Annotated[OneMaintenance | WeeklyMaintenance, Field(discriminator="repeats")]
"""A window and its keys, told apart by `repeats`."""
