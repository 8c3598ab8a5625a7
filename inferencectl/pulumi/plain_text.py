"""Pulumi's messages without the marks for colours that its events have."""

import re

_MARKUP = re.compile(r"<\{%[^%]*%\}>")


def plain(text: str) -> str:
    """The text alone, without space around it."""
    return _MARKUP.sub("", text).strip()
