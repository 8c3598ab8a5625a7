"""Scheduled scaling, for peaks that are known in advance."""

from collections.abc import Iterator

from settings.validation.issues import Issue
from settings.validation.section import Count, Section
from settings.values.cron import FiveFieldCron
from settings.values.timezone import Timezone


class Schedule(Section):
    """A time during which a model has a minimum number of pods, regardless of its load."""

    timezone: Timezone
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
