"""Time zones of the IANA database."""

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator

from settings.validation.issues import refuse
from settings.validation.words import did_you_mean
from settings.values.text import named_text

_YEARS = range(2026, 2037)


def _timezone(name: str) -> str:
    known = zoneinfo.available_timezones()
    if name not in known:
        refuse("a time zone of the IANA database such as Europe/Berlin or UTC", did_you_mean(name, known))
    return name


Timezone = Annotated[str, AfterValidator(_timezone), named_text("IANA time zone")]


def fixed_offset(timezone: str) -> timedelta | None:
    """How far a time zone is ahead of UTC; None if it has daylight saving."""
    offsets = set(_offsets(timezone))
    return offsets.pop() if len(offsets) == 1 else None


def _offsets(timezone: str) -> Iterator[timedelta]:
    zone = zoneinfo.ZoneInfo(timezone)
    for year in _YEARS:
        for month in range(1, 13):
            yield datetime(year, month, 1, tzinfo=UTC).astimezone(zone).utcoffset() or timedelta()
