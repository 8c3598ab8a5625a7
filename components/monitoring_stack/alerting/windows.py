"""Maintenance windows, as times of UTC: the operator hands on no time zone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from settings.cluster.alerting.maintenance import Maintenance, OneMaintenance, Weekday, WeeklyMaintenance
from settings.values.timezone import fixed_offset

_DAY_MINUTES = 24 * 60
_WEEK = tuple(Weekday)


def mute_time_interval(window: Maintenance) -> dict[str, Any]:
    """The window under its name."""
    intervals = _weekly(window) if isinstance(window, WeeklyMaintenance) else _once(window)
    return {"name": window.name, "timeIntervals": list(intervals)}


def _weekly(window: WeeklyMaintenance) -> Iterator[dict[str, Any]]:
    ahead = (fixed_offset(window.timezone) or timedelta()) // timedelta(minutes=1)
    begin, end = (_minutes(clock) - ahead for clock in (window.begin, window.end))
    for days in range(begin // _DAY_MINUTES, (end - 1) // _DAY_MINUTES + 1):
        since, until = max(begin - days * _DAY_MINUTES, 0), min(end - days * _DAY_MINUTES, _DAY_MINUTES)
        yield {
            "times": [{"startTime": _clock(since), "endTime": _clock(until)}],
            "weekdays": [_WEEK[(_WEEK.index(day) + days) % len(_WEEK)] for day in window.weekdays],
        }


def _once(window: OneMaintenance) -> Iterator[dict[str, Any]]:
    """Day by day: a date is a day, a month and a year to Alertmanager, each by itself."""
    begin, end = (each.astimezone(UTC) for each in window.times)
    midnight = datetime(begin.year, begin.month, begin.day, tzinfo=UTC)
    while midnight < end:
        since, until = (min(max((each - midnight) // timedelta(minutes=1), 0), _DAY_MINUTES) for each in (begin, end))
        yield {
            "times": [{"startTime": _clock(since), "endTime": _clock(until)}],
            "daysOfMonth": [{"start": midnight.day, "end": midnight.day}],
            "months": [str(midnight.month)],
            "years": [str(midnight.year)],
        }
        midnight += timedelta(days=1)


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return 60 * int(hours) + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
