"""The words of an error message: how a value is shown, and which known name is nearest to an unknown one."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sized

SHOWN_CHARACTERS = 60
_CREDENTIALS_IN_URL = re.compile(r"(?<=://)[^/@\s]*@")


def shown(value: object) -> str:
    """One printable line for any JSON value; it is cut at 60 characters, containers are only named."""
    if isinstance(value, Mapping):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, Sized) and not isinstance(value, str):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, str):
        # Not one line, or not to be printed at all, are control characters and unpaired surrogates.
        text = json.dumps(_CREDENTIALS_IN_URL.sub("...@", value), ensure_ascii=not value.isprintable())
    else:
        text = json.dumps(value, default=str)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 3] + "..."


def listed(names: Iterable[object]) -> str:
    """``a, b or c``."""
    *others, last = map(str, names)
    return f"{', '.join(others)} or {last}" if others else last


def did_you_mean(unknown: str, known: Iterable[str]) -> str:
    """``did you mean 'size'?``, or nothing where no known name is near; case, ``-`` and ``_`` do not count."""
    spellings = {_folded(name): name for name in known}
    nearest = difflib.get_close_matches(_folded(unknown[:SHOWN_CHARACTERS]), spellings, n=1, cutoff=0.5)
    return f"did you mean '{spellings[nearest[0]]}'?" if nearest else ""


def _folded(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")
