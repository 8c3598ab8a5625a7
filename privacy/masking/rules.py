"""Reads the rules of masking."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from privacy.masking.check_digits import CardPrefix, checks

RULES_FILE = Path(__file__).with_name("rules.yaml")
COLLECTOR_FILES = (Path(__file__).with_name("masker.rb"), Path(__file__).with_name("filter_personal_data.rb"))
"""What Fluentd needs besides the rules, all in one directory: the plug-in is the last one."""


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """What a kind of personal data looks like, and what stands in its place; without a mask it is kept."""

    name: str
    mask: str
    expression: re.Pattern[str]
    check: Callable[[str], int] = len
    """How much of what the expression has found is masked."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What is masked: fields by their names, and what looks like personal data anywhere."""

    field_mask: str
    names: frozenset[str]
    endings: tuple[str, ...]
    fold: Mapping[str, str]
    patterns: tuple[Pattern, ...]

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
    )
