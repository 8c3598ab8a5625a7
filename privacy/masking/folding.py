"""A text as patterns see it: one spelling for what can be spelt in several ways."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ESCAPE = re.compile(r"%[2-7][0-9A-Fa-f]|\\u00[2-7][0-9A-Fa-f]", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Folded:
    """A text, and where each of its characters begins in the original; the last place is the original's end."""

    text: str
    places: tuple[int, ...] | range

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The part of the original that a part of the text stands for."""
        return self.places[start], self.places[end]


def fold(text: str, characters: Mapping[str, str]) -> str:
    """Characters of full width, other hyphens and other spaces as those of ASCII, one for one."""
    if text.isascii():
        return text
    return "".join(
        chr(ord(each) - 0xFEE0) if "\uff01" <= each <= "\uff5e" else characters.get(each, each) for each in text
    )


def readings(text: str, characters: Mapping[str, str]) -> list[Folded]:
    """The text as it stands and, where it has such, with its escapes (%40, backslash-u0040) as what they stand for."""
    folded = fold(text, characters)
    found = [Folded(text=folded, places=range(len(folded) + 1))]
    if _ESCAPE.search(folded):
        found.append(_unescaped(folded))
    return found


def _unescaped(text: str) -> Folded:
    parts: list[str] = []
    places: list[int] = []
    end = 0
    for escape in _ESCAPE.finditer(text):
        parts += [text[end : escape.start()], chr(int(escape[0][-2:], 16))]
        places += [*range(end, escape.start()), escape.start()]
        end = escape.end()
    return Folded(text="".join([*parts, text[end:]]), places=(*places, *range(end, len(text) + 1)))
