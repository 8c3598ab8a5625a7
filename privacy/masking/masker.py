"""Masks personal data in JSON of any nesting, and in text. masker.rb does the same in a collector."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from privacy.masking.folding import Folded, readings
from privacy.masking.rules import Pattern, Rules

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Span: TypeAlias = tuple[int, int, str]

_SMALLEST_NUMBER = 10**10
"""No pattern finds anything in the digits of a smaller one."""

_SUSPECT = re.compile(r"[@0-9%\\]|[^\x00-\x7F]")
"""No pattern finds anything in a text without one of these, as most words of a record are."""

DEEPEST = 64
TOO_DEEP = "[too deep]"
"""Stands for what is nested deeper than `DEEPEST`: nobody has looked at it, so that it is not kept."""


class Masker:
    """Masks by the same rules for a whole process."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def mask(self, value: Json, depth: int = 0) -> Json:
        """A copy of a JSON value without the personal data that the rules know."""
        match value:
            case str():
                return self._string(value, depth)
            case bool() | None:
                return value
            case int() | float():
                return self._number(value)
            case _ if depth >= DEEPEST:
                return TOO_DEEP
            case Mapping():
                return self._object(value, depth)
            case _:
                return [self.mask(each, depth + 1) for each in value]

    def text(self, text: str) -> str:
        """A text with a mask in the place of everything that looks like personal data."""
        if not _SUSPECT.search(text) or self._rules.plain.fullmatch(text):
            return text
        found = [each for each in readings(text, self._rules.fold) if not self._rules.finds_nothing(each.text)]
        if not found:
            return text
        spans = sorted({span for reading in found for span in self._spans(reading)})
        parts: list[str] = []
        end = 0
        for start, stop, mask in spans:
            # A part of what is masked already, by the other reading, can reach beyond it.
            if start >= end:
                parts += [text[end:start], mask]
            end = max(end, stop)
        return "".join([*parts, text[end:]])

    def _string(self, text: str, depth: int) -> Json:
        if text.lstrip(" \t\r\n")[:1] in ("{", "["):
            try:
                nested = json.loads(text, parse_constant=_no_json)
            except ValueError:
                return self.text(text)
            except RecursionError:
                return TOO_DEEP
            masked = self.mask(nested, depth)
            if masked == nested or isinstance(masked, str):
                return text if masked == nested else masked
            return json.dumps(masked, ensure_ascii=False, separators=(",", ":"))
        return self.text(text)

    def _number(self, value: float) -> Json:
        if abs(value) < _SMALLEST_NUMBER or value != value // 1:
            return value
        digits = str(int(value))
        masked = self.text(digits)
        return value if masked == digits else masked

    def _object(self, value: Mapping[str, Json], depth: int) -> dict[str, Json]:
        masked: dict[str, Json] = {}
        for name, each in value.items():
            inner = self._rules.field_mask if self._rules.masks_field(name) else self.mask(each, depth + 1)
            masked[_free(self.text(name), masked)] = inner
        return masked

    def _spans(self, reading: Folded) -> Iterator[Span]:
        taken: list[tuple[int, int]] = []
        for pattern in self._rules.patterns:
            for start, end in _matches(pattern, reading.text):
                if all(end <= first or last <= start for first, last in taken):
                    taken.append((start, end))
                    if pattern.mask:
                        yield (*reading.original(start, end), pattern.mask)


def _matches(pattern: Pattern, text: str) -> Iterator[tuple[int, int]]:
    place = 0
    while found := pattern.expression.search(text, place):
        length = pattern.check(found[0])
        if length:
            yield found.start(), found.start() + length
        # What is none as a whole can begin with what is none: 12 before the number of a card.
        place = found.start() + max(length, 1)


def _free(name: str, taken: Mapping[str, Json]) -> str:
    """The name, or with a number after it if another field has it: masks of different names are equal."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}#{number}"
    return free


def _no_json(text: str) -> None:
    raise ValueError(text)
