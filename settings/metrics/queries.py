"""The metrics that a query of Prometheus reads, by their names.

Syntax is left to Prometheus: what it would refuse is read as far as it can be. A library is not used, as
docs/adr/0075-metrics-of-queries.md says.
"""

import re
from collections.abc import Iterator
from typing import Final

_TOKEN = re.compile(
    r"""
    (?P<text> "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | `[^`]*` )
    | (?P<filled> [\w:]*\$[\w:$]* )
    | (?P<number> [0-9.][\w.]* )
    | (?P<name> [a-zA-Z_:][\w:]* )
    | (?P<mark> \S )
    """,
    re.VERBOSE | re.ASCII,
)
"""``filled`` is what holds a placeholder, and so has another name when it is asked."""

_GROUPING: Final = {"by", "without", "on", "ignoring", "group_left", "group_right"}
_WORDS: Final = _GROUPING | {"and", "or", "unless", "atan2", "bool", "offset", "inf", "nan", "smoothed", "anchored"}
_NAMED = re.compile(r"[{,](?:__name__=(?P<value>TEXT)|(?P<alone>TEXT)(?=[,}]))".replace("TEXT", r"\"[^\"]*\""))


def metrics_in(query: str) -> tuple[str, ...]:
    """The names of the metrics that a query reads, each once, in their order.

    A metric that is chosen by a pattern of names or by its labels alone has no name to tell, nor has one whose name
    holds a placeholder.
    """
    return tuple(dict.fromkeys(_names(query)))


def _names(query: str) -> Iterator[str]:
    tokens = [(found.lastgroup, found[0]) for found in _TOKEN.finditer(query)]
    # What stands in brackets is a time, in braces labels, and in parentheses after a grouping labels as well.
    closing, depth, matchers = "", 0, ""
    for index, (kind, text) in enumerate(tokens):
        after = tokens[index + 1][1] if index + 1 < len(tokens) else ""
        if closing:
            matchers += f'"{text[1:-1]}"' if kind == "text" else text
            depth += (text == _OPENING[closing]) - (text == closing)
            if not depth:
                yield from _in_matchers(matchers)
                closing, matchers = "", ""
        elif text in ("[", "{") or (text == "(" and index and tokens[index - 1][1].lower() in _GROUPING):
            closing, depth, matchers = _CLOSING[text], 1, text
        elif kind == "name" and text.lower() not in _WORDS and after != "(" and after.lower() not in ("by", "without"):
            yield text


_CLOSING: Final = {"[": "]", "{": "}", "(": ")"}
_OPENING: Final = {closing: opening for opening, closing in _CLOSING.items()}


def _in_matchers(text: str) -> Iterator[str]:
    """Names among matchers of labels, without spaces between them: ``{__name__="a"}`` or ``{"a"}``."""
    if text.startswith("{"):
        for found in _NAMED.finditer(text):
            name = (found["value"] or found["alone"])[1:-1]
            if not {"\\", "$"} & {*name}:
                yield name
