"""Parts of error messages: formatted values and suggestions for misspelled names."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sized
from pathlib import Path

SHOWN_CHARACTERS = 60
_CREDENTIALS_IN_URL = re.compile(r"(?<=://)[^/@\s]*@")


def shown(value: object) -> str:
    """Format any JSON value as one printable line: cut at 60 characters, containers only by kind and size."""
    if isinstance(value, Mapping):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, Sized) and not isinstance(value, str):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, str):
        # Control characters and unpaired surrogates would break the line or the output.
        text = json.dumps(_CREDENTIALS_IN_URL.sub("...@", value), ensure_ascii=not value.isprintable())
    else:
        text = json.dumps(value, default=str)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 3] + "..."


def shown_path(path: Path) -> str:
    """Format a path as seen from the current directory, where it is in it: as a user of a checkout writes it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def encodable(text: str) -> str:
    """The text with unpaired surrogates, which JSON can have and UTF-8 cannot, written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def listed(names: Iterable[object]) -> str:
    """Join names as ``a, b or c``."""
    *others, last = map(str, names)
    return f"{', '.join(others)} or {last}" if others else last


def did_you_mean(unknown: str, known: Iterable[str]) -> str:
    """Return ``did you mean 'size'?``, or an empty text if no name is close; case, ``-`` and ``_`` are ignored."""
    spellings = {_folded(name): name for name in known}
    nearest = difflib.get_close_matches(_folded(unknown[:SHOWN_CHARACTERS]), spellings, n=1, cutoff=0.5)
    return f"did you mean '{spellings[nearest[0]]}'?" if nearest else ""


def _folded(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")
