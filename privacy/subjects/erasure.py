"""Erases the records of people: what was deleted is counted again, and conflicts are never taken for success."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from privacy.errors import PrivacyError
from privacy.subjects.ledger import Ledger
from privacy.subjects.records import Records
from privacy.subjects.snapshots import HeldSnapshot, held_snapshots, horizon
from privacy.subjects.subject import Subjects

BATCH = 10_000
MOST_IDLE_ROUNDS = 30
"""Rounds in which nothing could be deleted, as others keep changing the records."""

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Proof:
    """That people were erased: it says when, by whom and how much, and holds no data of theirs."""

    erasure: str
    subjects: tuple[str, ...]
    by: str
    began: str
    completed: str
    store: str
    erased: Mapping[str, int]
    conflicts: int
    remaining: int
    snapshots: Sequence[HeldSnapshot] = field(default_factory=tuple)
    horizon: str | None


@dataclass(frozen=True, kw_only=True)
class Eraser:
    """Erases in one store."""

    records: Records
    ledger: Ledger
    progress: Progress

    def erase(self, people: Subjects, by: str) -> Proof:
        """Erase one person, and continue where an erasure of that person was killed.

        Raises:
            PrivacyError: an index is read-only, or records are left; those that are gone stay gone, and the next call
                continues.
        """
        with self.ledger.held():
            began = self.ledger.unfinished(people.digests)
            indices, found = self._look(people)
            if began is None:
                began = {
                    "erasure": str(uuid.uuid4()),
                    "subjects": list(people.digests),
                    "by": by,
                    "began": now(),
                    "found": found,
                }
                self.ledger.append("began", began)
            proof = self._proof(people, began, indices, found)
            self.ledger.append("done", asdict(proof))
            return proof

    def erase_again(self, people: Subjects, by: str) -> Proof:
        """Erase everybody of the ledger, after a restore; raises PrivacyError as `erase` does."""
        with self.ledger.held():
            indices, found = self._look(people)
            began = {"erasure": str(uuid.uuid4()), "by": by, "began": now(), "found": found}
            return self._proof(people, began, indices, found)

    def _look(self, people: Subjects) -> tuple[list[str], dict[str, int]]:
        indices, found = look(self.records, people)
        self.records.require_erasable(sorted(found))
        return indices, found

    def _proof(
        self, people: Subjects, began: Mapping[str, Any], indices: Sequence[str], found: Mapping[str, int]
    ) -> Proof:
        erased = dict(began["found"])
        conflicts = 0
        for index, number in sorted(found.items()):
            deleted, met = self._empty(index, people.query, number)
            # What a killed run had deleted was found by it; what came meanwhile was deleted here.
            erased[index] = max(erased.get(index, 0), deleted)
            conflicts += met
        self.records.refresh(indices)
        if left := self.records.count(people.query):
            raise _left(left)
        snapshots = held_snapshots(self.records, indices)
        return Proof(
            erasure=began["erasure"],
            subjects=people.digests,
            by=began["by"],
            began=began["began"],
            completed=now(),
            store=self.records.api.url,
            erased=erased,
            conflicts=conflicts,
            remaining=0,
            snapshots=snapshots,
            horizon=horizon(snapshots),
        )

    def _empty(self, index: str, query: Mapping[str, Any], number: int) -> tuple[int, int]:
        """Delete until a search finds nothing more; how many were deleted, and how many conflicts were met."""
        path = f"{quote(index)}/_delete_by_query?conflicts=proceed&refresh=true&max_docs={BATCH}"
        deleted = conflicts = idle = 0
        while True:
            answer = self.records.api.call("POST", path, {"query": query})
            deleted += answer["deleted"]
            conflicts += answer["version_conflicts"]
            if answer["failures"] or answer["timed_out"]:
                raise PrivacyError(
                    f"{index}: records could not be deleted: {answer['failures'] or 'the store took too long'}",
                    "put that right in the store, and run the command again: it continues",
                )
            if not answer["total"]:
                return deleted, conflicts
            self.progress(f"{index}: deleted {deleted} of {max(number, deleted)}, {conflicts} conflicts")
            # Where nothing was deleted the store has not refreshed, and would meet the same conflicts again.
            idle = 0 if answer["deleted"] else idle + 1
            self.records.refresh([index] if idle else [])
            if idle == MOST_IDLE_ROUNDS or deleted > number + MOST_IDLE_ROUNDS * BATCH:
                raise _left({index: answer["total"]})


def look(records: Records, people: Subjects) -> tuple[list[str], dict[str, int]]:
    """The indices, and how many records of some people each of them has."""
    indices = records.names()
    records.require_exact(people.fields)
    records.refresh(indices)
    return indices, records.count(people.query)


def now() -> str:
    """This instant, as proofs write it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _left(counts: Mapping[str, int]) -> PrivacyError:
    where = ", ".join(f"{number} in {index}" for index, number in sorted(counts.items()))
    return PrivacyError(
        f"records of this person are left: {where}; others keep writing or changing them",
        "stop what writes about this person, and run the command again: it continues",
    )
