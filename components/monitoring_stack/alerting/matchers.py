"""Which alerts are meant, by their labels."""

import re
from collections.abc import Iterable
from typing import Any


def equal(label: str, value: str) -> dict[str, Any]:
    """Alerts whose label has a value."""
    return {"name": label, "value": value, "matchType": "="}


def one_of(label: str, values: Iterable[str]) -> dict[str, Any]:
    """Alerts whose label has one of some values."""
    return {"name": label, "value": "|".join(map(re.escape, values)), "matchType": "=~"}
