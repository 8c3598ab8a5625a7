"""Scheduled scaling, for peaks that are known in advance."""

import zoneinfo
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator

from settings.validation.issues import Issue, refuse
from settings.validation.section import Count, Section
from settings.validation.words import did_you_mean
from settings.values.cron import FiveFieldCron
from settings.values.text import named_text


def _timezone(name: str) -> str:
    known = zoneinfo.available_timezones()
    if name not in known:
        refuse("a time zone of the IANA database such as Europe/Berlin or UTC", did_you_mean(name, known))
    return name


class Schedule(Section):
    """A time during which a model has a minimum number of pods, regardless of its load."""

    timezone: Annotated[str, AfterValidator(_timezone), named_text("IANA time zone")]
    """Time zone of `start` and `end`."""
    start: FiveFieldCron
    """Start of the time."""
    end: FiveFieldCron
    """End of the time."""
    replicas: Count
    """Minimum number of pods of each version during the time."""

    def issues(self) -> Iterator[Issue]:
        """Check that the time does not end when it starts."""
        if self.start == self.end:
            yield Issue(path=("end",), found=f"'{self.end}', the same as start", expected="a time other than start")
