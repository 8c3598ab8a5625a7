"""A window in UTC covers the minutes that it covers where it was written, and no others."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from components.monitoring_stack.alerting.windows import mute_time_interval
from settings.cluster.alerting.maintenance import Maintenance

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKLY = [
    ("UTC", ["monday"], "00:00", "24:00"),
    ("Asia/Shanghai", ["sunday"], "06:00", "10:00"),
    ("Asia/Shanghai", ["monday"], "00:00", "08:00"),
    ("Asia/Shanghai", ["sunday", "monday"], "00:00", "24:00"),
    ("America/Bogota", ["sunday", "wednesday"], "18:30", "24:00"),
    ("Asia/Kathmandu", ["monday"], "05:00", "06:00"),
    ("Pacific/Kiritimati", ["tuesday"], "13:59", "14:01"),
]
ONCE = [
    ("UTC", "2027-02-28T23:00", "2027-03-01T01:00"),
    ("Europe/Berlin", "2027-03-27T22:00", "2027-03-28T04:00"),
    ("Europe/Berlin", "2027-10-30T12:00", "2027-10-31T12:00"),
    ("America/New_York", "2027-12-31T20:00", "2028-01-02T03:15"),
    ("Asia/Shanghai", "2027-05-01T08:00", "2027-05-02T08:00"),
]


def covers(spec: Mapping[str, Any], moment: datetime) -> bool:
    """Whether an interval of Alertmanager, which looks at each part of a time by itself, contains a time of UTC."""
    clock = f"{moment:%H:%M}"
    return any(
        any(each["startTime"] <= clock < each["endTime"] for each in interval["times"])
        and ("weekdays" not in interval or DAYS[moment.weekday()] in interval["weekdays"])
        and ("years" not in interval or str(moment.year) in interval["years"])
        and ("months" not in interval or str(moment.month) in interval["months"])
        and ("daysOfMonth" not in interval or {"start": moment.day, "end": moment.day} in interval["daysOfMonth"])
        for interval in spec["timeIntervals"]
    )


def minutes(around: datetime, days: int) -> list[datetime]:
    return [around + timedelta(minutes=number) for number in range(days * 24 * 60)]


def window(**keys: Any) -> Mapping[str, Any]:
    return mute_time_interval(TypeAdapter(Maintenance).validate_python({"name": "window", **keys}))


@pytest.mark.parametrize(("timezone", "weekdays", "begin", "end"), WEEKLY)
def test_every_week(timezone: str, weekdays: list[str], begin: str, end: str) -> None:
    made, zone = (
        window(repeats="weekly", timezone=timezone, weekdays=weekdays, begin=begin, end=end),
        ZoneInfo(timezone),
    )
    for moment in minutes(datetime(2027, 3, 25, tzinfo=UTC), 8):
        there = moment.astimezone(zone)
        assert covers(made, moment) == (DAYS[there.weekday()] in weekdays and begin <= f"{there:%H:%M}" < end), moment


@pytest.mark.parametrize(("timezone", "begin", "end"), ONCE)
def test_once(timezone: str, begin: str, end: str) -> None:
    made, zone = window(repeats="never", timezone=timezone, begin=begin, end=end), ZoneInfo(timezone)
    since, until = (datetime.fromisoformat(each).replace(tzinfo=zone).astimezone(UTC) for each in (begin, end))
    for moment in minutes(since - timedelta(days=1), 4):
        assert covers(made, moment) == (since <= moment < until), moment
    # The same day of another month, and of another year.
    assert not any(covers(made, since + timedelta(days=days, minutes=1)) for days in (28, 29, 30, 31, 365, 366))
