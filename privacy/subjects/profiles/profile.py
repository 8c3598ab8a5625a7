"""What is asked of a store that its API does not have in common with the others'."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from privacy.subjects.api import StoreApi

NO_SUCH_API = frozenset({400, 404, 405})
"""How a store answers that has no policies of snapshots, as its plug-in is missing or switched off."""

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How long the snapshots of a policy are kept; ``at_least`` of them stay, whatever their age."""

    age: timedelta
    at_least: int = 0


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A kind of store."""

    snapshot_types: frozenset[str]
    """Values of ``index.store.type`` of indices whose records lie in a snapshot."""
    policy_key: str
    """Where a snapshot's metadata names the policy that has made it."""
    retentions: Callable[[StoreApi], Mapping[str, Retention]]
    """The policies of snapshots that delete them by their age, by name."""


def duration(text: str) -> timedelta | None:
    """A time as stores write it, such as ``30d``; None for one in other units."""
    found = re.fullmatch(r"([0-9]+)([dhms])", text)
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]]) if found else None
