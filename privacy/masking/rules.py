"""Reads the rules of masking."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import yaml

from privacy.masking.check_digits import CardPrefix, checks

RULES_FILE = Path(__file__).with_name("rules.yaml")
COLLECTOR_FILES = tuple(
    Path(__file__).with_name(each) for each in ("check_digits.rb", "masker.rb", "filter_personal_data.rb")
)
"""What Fluentd needs besides the rules, all in one directory: the plug-in is the last one."""


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """What a kind of personal data looks like, and what stands in its place; without a mask it is kept."""

    name: str
    mask: str
    expression: re.Pattern[str]
    check: Callable[[str], int] = len
    """How much of what the expression has found is masked."""
    needs: str = ""
    """A text that is in whatever the expression finds."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What is masked: fields by their names, and what looks like personal data anywhere."""

    field_mask: str
    names: frozenset[str]
    endings: tuple[str, ...]
    fold: Mapping[str, str]
    patterns: tuple[Pattern, ...]
    plain: re.Pattern[str]
    """A whole text that is so holds nothing of anybody."""
    least: re.Pattern[str]
    """What is in whatever the expressions find of patterns that need no text of their own."""

    def finds_nothing(self, text: str) -> bool:
        """Whether no pattern with a mask finds anything in a folded text, told without a look for each of them."""
        if any(needed in text for needed in self.needed):
            return False
        return not self.least.search(text) or not self.any.search(text)

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The texts that patterns need."""
        return tuple(each.needs for each in self.patterns if each.needs)

    @cached_property
    def any(self) -> re.Pattern[str]:
        """All expressions with a mask whose patterns need no text of their own."""
        found = (each.expression.pattern for each in self.patterns if each.mask and not each.needs)
        return re.compile("|".join(found) or "(?!)", re.ASCII)

    def masks_field(self, name: str) -> bool:
        """Whether the value of a field is masked as a whole."""
        plain = "".join(character for character in name.lower() if character.isalnum())
        return plain in self.names or plain.endswith(self.endings)


@cache
def load_rules(path: Path = RULES_FILE) -> Rules:
    """The rules of a file."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    prefixes = tuple(
        CardPrefix(first=each["from"], last=each["to"], lengths=tuple(each["lengths"]))
        for each in data["card_prefixes"]
    )
    functions = checks(data["iban_lengths"], prefixes)
    return Rules(
        field_mask=data["fields"]["mask"],
        names=frozenset(data["fields"]["names"]),
        endings=tuple(data["fields"]["endings"]),
        fold={character: plain for plain, characters in data["fold"].items() for character in characters},
        patterns=tuple(_pattern(each, functions) for each in data["patterns"]),
        plain=re.compile(data["plain"], re.ASCII),
        least=re.compile(data["least"], re.ASCII),
    )


def narrowed(patterns: Collection[str], fields: Collection[str]) -> str:
    """The rules as a file with the named ones of their patterns, and further names of fields that are masked.

    Names of fields are in lower case without anything but letters and digits. A pattern without a mask stays: what it
    finds is kept from the others.
    """
    data = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    data["fields"]["names"] = sorted({*data["fields"]["names"], *fields})
    data["patterns"] = [each for each in data["patterns"] if "mask" not in each or each["name"] in patterns]
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=100, default_flow_style=None)


def _pattern(data: Mapping[str, str], functions: Mapping[str, Callable[[str], int]]) -> Pattern:
    return Pattern(
        name=data["name"],
        mask=data.get("mask", ""),
        expression=re.compile(data["expression"], re.ASCII),
        check=functions[data["check"]] if "check" in data else len,
        needs=data.get("needs", ""),
    )
