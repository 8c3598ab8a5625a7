"""Peaks that are known beforehand."""

import zoneinfo
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator

from settings.validation.issues import Issue, refuse
from settings.validation.section import Count, Section
from settings.validation.words import did_you_mean
from settings.values.cron import CronExpression
from settings.values.text import named_text


def _timezone(name: str) -> str:
    known = zoneinfo.available_timezones()
    if name not in known:
        refuse("a time zone of the IANA database such as Europe/Berlin or UTC", did_you_mean(name, known))
    return name


class Schedule(Section):
    """A time at which a model has at least a number of pods, whatever its load is."""

    timezone: Annotated[str, AfterValidator(_timezone), named_text("IANA time zone")]
    """Time zone of `start` and `end`."""
    start: CronExpression
    """When the time begins."""
    end: CronExpression
    """When it ends."""
    replicas: Count
    """Pods of each version that run then at least."""

    def issues(self) -> Iterator[Issue]:
        """A time that ends when it begins is none."""
        if self.start == self.end:
            yield Issue(path=("end",), found=f"'{self.end}', as start", expected="another time than start")
