"""Expressions in the Common Expression Language, which the API server evaluates on objects.

Absent fields always have a default (``a.?b.orValue(c)``), because an expression that fails rejects the object.
Source: https://kubernetes.io/docs/reference/using-api/cel/
"""

import json
from collections.abc import Iterable


def text(value: str) -> str:
    """A string literal; the language has JSON's escapes."""
    return json.dumps(value, ensure_ascii=False)


def texts(values: Iterable[str]) -> str:
    """A list of string literals."""
    return f"[{', '.join(map(text, values))}]"


def matches(subject: str, pattern: str) -> str:
    """Whether the string ``subject`` matches a pattern of RE2 anywhere."""
    return f"{subject}.matches({text(pattern)})"


def any_of(*conditions: str) -> str:
    """Whether one of ``conditions`` holds."""
    return " || ".join(f"({condition})" for condition in conditions)


def place(name: str, broken: str) -> str:
    """``[name]`` where ``broken`` holds, and otherwise an empty list."""
    return f"({broken}) ? [{text(name)}] : []"
