"""Cron expressions, in the grammar of robfig/cron v3, which Kubernetes, KEDA and Karpenter all parse them with.

Cron libraries for Python accept more than that parser does (7 for Sunday, ``L``, ``#``), so they would let through what
the cluster refuses.

Source: https://pkg.go.dev/github.com/robfig/cron/v3#hdr-CRON_Expression_Format
"""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

from settings.validation.issues import refuse
from settings.validation.words import listed
from settings.values.text import named_text

_EXAMPLE = "such as '0 8 * * 1-5'"
_FIVE_FIELDS = f"a cron expression of minute, hour, day of the month, month and day of the week, {_EXAMPLE}"
# February counts with its leap day, which comes often enough.
_DAYS_OF_MONTH = {month: 29 if month == 2 else 30 if month in (4, 6, 9, 11) else 31 for month in range(1, 13)}


@dataclass(frozen=True, kw_only=True)
class _Field:
    name: str
    least: int
    most: int
    names: Sequence[str] = ()
    first_name: int = 0

    def values(self, text: str) -> Set[int]:
        """The numbers that the text of the field selects; empty if it is not valid."""
        parts = [self._part_values(part) for part in text.split(",")]
        return frozenset[int]().union(*parts) if all(parts) else frozenset()

    def _part_values(self, part: str) -> Set[int]:
        """The numbers of one part of a list: ``*``, ``5``, ``1-5``, ``*/15``, or ``5/15`` for from 5 to the end."""
        span, slash, step = part.partition("/")
        if slash and not re.fullmatch(r"[1-9][0-9]?", step, re.ASCII):
            return frozenset()
        first, dash, last = span.partition("-")
        if span in ("*", "?"):
            start, end = self.least, self.most
        else:
            start = self._number(first)
            end = self._number(last) if dash else self.most if slash else start
        in_bounds = self.least <= start <= end <= self.most
        return frozenset(range(start, end + 1, int(step or 1))) if in_bounds else frozenset()

    def _number(self, text: str) -> int:
        """The number that a text stands for; -1 if it stands for none."""
        if text.lower() in self.names:
            return self.first_name + self.names.index(text.lower())
        return int(text) if re.fullmatch(r"[0-9]{1,2}", text, re.ASCII) else -1


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIELDS = (
    _Field(name="minute", least=0, most=59),
    _Field(name="hour", least=0, most=23),
    _Field(name="day of the month", least=1, most=31),
    _Field(name="month", least=1, most=12, names=_MONTHS, first_name=1),
    _Field(name="day of the week", least=0, most=6, names=("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)
_MACROS: Mapping[str, str] = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


def _five_fields(text: str) -> str:
    parts = text.split(" ")
    if len(parts) != len(_FIELDS):
        suggestion = _MACROS.get(text) or _single_spaced(text)
        refuse(_FIVE_FIELDS, f"did you mean '{suggestion}'?" if suggestion else "")
    for field, part in zip(_FIELDS, parts, strict=True):
        if not field.values(part):
            refuse(f"a cron expression {_EXAMPLE}, whose {field.name} is from {field.least} to {field.most}")
    _refuse_impossible_date(*parts[2:])
    return text


def _single_spaced(text: str) -> str:
    parts = text.split()
    return " ".join(parts) if len(parts) == len(_FIELDS) else ""


def _refuse_impossible_date(day_text: str, month_text: str, weekday_text: str) -> None:
    # Where both kinds of days are restricted, one of them is enough, and every month has every day of the week.
    if not (_is_unrestricted(day_text) or _is_unrestricted(weekday_text)):
        return
    days, months = _FIELDS[2].values(day_text), _FIELDS[3].values(month_text)
    longest = max(_DAYS_OF_MONTH[month] for month in months)
    if min(days) > longest:
        refuse(f"a date that exists: the months '{month_text}' have at most {longest} days")


def _is_unrestricted(text: str) -> bool:
    return any(part in ("*", "?", "*/1", "?/1") for part in text.split(","))


def _five_fields_or_macro(text: str) -> str:
    if text.startswith("@"):
        if text not in _MACROS:
            refuse(f"{_FIVE_FIELDS}, or {listed(_MACROS)}")
        return text
    return _five_fields(text)


FiveFieldCron = Annotated[str, AfterValidator(_five_fields), named_text("cron expression of five fields")]
"""Five fields, for KEDA, whose parser knows no macros."""

CronExpression = Annotated[str, AfterValidator(_five_fields_or_macro), named_text("cron expression")]
"""Five fields or a macro such as ``@daily``, for the CronJobs of Kubernetes and the budgets of Karpenter."""
