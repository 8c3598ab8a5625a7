"""Validation of PromQL expressions, as far as possible without Prometheus.

Syntax is left to Prometheus. What is rejected here would change the meaning of the query that contains the expression,
or hide that a metric was lost.
"""

import re
from typing import Annotated, Final

from pydantic import AfterValidator

from settings.validation.issues import refuse
from settings.values.text import matching, named_text

LONGEST = 2000

_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`")
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}


def _promql(text: str) -> str:
    if not text.strip() or len(text) > LONGEST or not text.isprintable():
        refuse(f"a PromQL expression on one line, at most {LONGEST} characters")
    bare = _STRING.sub("", text)
    if not _is_balanced(bare) or re.search(r"[\"'`#]", bare):
        refuse("a PromQL expression without comments, whose brackets and quotes are closed")
    if re.search(r"\bvector\s*\(", bare):
        refuse("a PromQL expression without vector(...)", "it would read lost metrics as no load")
    return text


def _is_balanced(text: str) -> bool:
    wanted: list[str] = []
    for character in text:
        if character in _CLOSING:
            wanted.append(_CLOSING[character])
        elif character in _CLOSING.values() and (not wanted or wanted.pop() != character):
            return False
    return not wanted


Promql = Annotated[str, AfterValidator(_promql), named_text("PromQL")]

MetricName = Annotated[
    str,
    matching(
        r"[a-zA-Z_:][a-zA-Z0-9_:./-]{0,199}",
        "the name of a metric as queries read it, without labels",
        lambda text: text.partition("{")[0].strip(),
    ),
    named_text("metric"),
]
