"""The snapshots that still hold what was erased, and until when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote

from privacy.subjects.records import Records

_NO_POLICY = "no policy with an age deletes it: delete it by hand, or it stays"


@dataclass(frozen=True, kw_only=True)
class HeldSnapshot:
    """A snapshot that may hold records; ``until`` is when its retention lets it go, None if nothing does."""

    repository: str
    snapshot: str
    taken: str
    indices: tuple[str, ...]
    until: str | None
    note: str


def held_snapshots(records: Records, indices: Sequence[str]) -> list[HeldSnapshot]:
    """The snapshots with one of the indices, or with one of such a name that is gone from the store meanwhile."""
    retentions = records.profile.retentions(records.api)
    found: list[HeldSnapshot] = []
    for repository, snapshot in _snapshots(records):
        held = tuple(sorted(each for each in snapshot["indices"] if each in indices or _is_called(each, records)))
        if not held:
            continue
        policy = (snapshot.get("metadata") or {}).get(records.profile.policy_key, "")
        retention = retentions.get(policy)
        # A snapshot that is being taken has no end yet.
        ended = snapshot.get("end_time_in_millis") or snapshot["start_time_in_millis"]
        taken = datetime.fromtimestamp(ended / 1000, UTC)
        note = _NO_POLICY
        if retention:
            note = f"by policy {policy}" + (f", which keeps at least {retention.at_least}" * bool(retention.at_least))
        found.append(
            HeldSnapshot(
                repository=repository,
                snapshot=snapshot["snapshot"],
                taken=taken.isoformat(timespec="seconds"),
                indices=held,
                until=(taken + retention.age).isoformat(timespec="seconds") if retention else None,
                note=note,
            )
        )
    return found


def horizon(snapshots: Sequence[HeldSnapshot]) -> str | None:
    """When the last of the snapshots is gone; empty without any, None if one of them is kept without an end."""
    ends = [each.until for each in snapshots if each.until is not None]
    return max(ends, default="") if len(ends) == len(snapshots) else None


def _snapshots(records: Records) -> Iterator[tuple[str, dict[str, Any]]]:
    for repository in sorted(records.api.call("GET", "_snapshot")):
        # One that cannot be read is an error: what it holds would be left out without a word.
        for each in records.api.call("GET", f"_snapshot/{quote(repository)}/_all")["snapshots"]:
            yield repository, each


def _is_called(index: str, records: Records) -> bool:
    """Whether an index has such a name, or is part of a data stream that has one."""
    return any(fnmatchcase(index, pattern) or fnmatchcase(index, f".ds-{pattern}-*") for pattern in records.patterns)
