"""Cron expressions in the grammar of the parser that KEDA uses: five fields, without seconds and descriptors.

Source: https://pkg.go.dev/github.com/robfig/cron/v3#hdr-CRON_Expression_Format
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

from settings.validation.issues import refuse
from settings.values.text import named_text

_EXAMPLE = "such as '0 8 * * 1-5'"


@dataclass(frozen=True, kw_only=True)
class _Field:
    name: str
    least: int
    most: int
    names: Sequence[str] = ()
    first_name: int = 0

    def number(self, text: str) -> int:
        """The number that a text of the field means; -1 for none."""
        if text.lower() in self.names:
            return self.first_name + self.names.index(text.lower())
        return int(text) if re.fullmatch(r"[0-9]{1,2}", text, re.ASCII) else -1

    def accepts(self, part: str) -> bool:
        """Whether a part of the field (``*``, ``5``, ``1-5`` or ``*/15``) is one that the field can have."""
        span, slash, step = part.partition("/")
        if slash and not re.fullmatch(r"[1-9][0-9]?", step, re.ASCII):
            return False
        if span in ("*", "?"):
            return True
        first, dash, last = span.partition("-")
        start, end = self.number(first), self.number(last if dash else first)
        return self.least <= start <= end <= self.most


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIELDS = (
    _Field(name="minute", least=0, most=59),
    _Field(name="hour", least=0, most=23),
    _Field(name="day of the month", least=1, most=31),
    _Field(name="month", least=1, most=12, names=_MONTHS, first_name=1),
    _Field(name="day of the week", least=0, most=6, names=("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)
_DESCRIPTORS: Mapping[str, str] = {"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0"}


def _cron(text: str) -> str:
    parts = text.split(" ")
    if len(parts) != len(_FIELDS):
        suggestion = _DESCRIPTORS.get(text, "")
        expected = f"a cron expression of minute, hour, day of the month, month and day of the week, {_EXAMPLE}"
        refuse(expected, f"did you mean '{suggestion}'?" if suggestion else "")
    for field, part in zip(_FIELDS, parts, strict=True):
        if not all(field.accepts(each) for each in part.split(",")):
            refuse(f"a cron expression {_EXAMPLE}, whose {field.name} is from {field.least} to {field.most}")
    return text


CronExpression = Annotated[str, AfterValidator(_cron), named_text("cron expression")]
