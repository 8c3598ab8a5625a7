"""Whom a search is about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from privacy.digests import KeyRing
from privacy.digests.key_ring import identity
from privacy.subjects.records import Records

_MOST_TERMS = 10_000


@dataclass(frozen=True, kw_only=True)
class Fields:
    """Where records name a person: one field by a keyed digest, and others in clear text."""

    digest: str
    plain: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """All of them."""
        return (self.digest, *self.plain)


@dataclass(frozen=True, kw_only=True)
class Subjects:
    """People by their digests, and the query that finds their records in the given fields."""

    digests: tuple[str, ...]
    query: Mapping[str, Any]
    fields: tuple[str, ...]


def one(identifier: str, ring: KeyRing, fields: Fields) -> Subjects:
    """The person of an identifier: the digests of every key, or the identifier itself in any case of its letters."""
    digests = ring.subjects(identifier)
    spelt = sorted({identifier, identity(identifier)})
    plain = [{"term": {name: {"value": text, "case_insensitive": True}}} for name in fields.plain for text in spelt]
    return Subjects(digests=digests, query=_any([_terms(fields.digest, digests), *plain]), fields=fields.all)


def everybody(digests: frozenset[str], ring: KeyRing, fields: Fields, records: Records) -> Subjects:
    """Those of a ledger. Whoever is named in clear text is found by the digest of each name that there is.

    Raises:
        PrivacyError: a digest was made with a key that is gone.
    """
    for digest in sorted(digests):
        ring.require(digest.partition(":")[0])
    clauses = [_terms(fields.digest, part) for part in _parts(sorted(digests))]
    for name in fields.plain:
        known = [value for value in records.values(name) if set(ring.subjects(value)) & digests]
        clauses += [_terms(name, part) for part in _parts(known)]
    return Subjects(digests=tuple(sorted(digests)), query=_any(clauses), fields=fields.all)


def _any(clauses: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {"bool": {"should": list(clauses), "minimum_should_match": 1}}


def _terms(field: str, values: Iterable[str]) -> Mapping[str, Any]:
    return {"terms": {field: list(values)}}


def _parts(values: Sequence[str]) -> list[Sequence[str]]:
    return [values[start : start + _MOST_TERMS] for start in range(0, len(values), _MOST_TERMS)]
