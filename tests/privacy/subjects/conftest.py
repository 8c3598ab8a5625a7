"""A real search engine for the tests of this folder, and indices of each test's own."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from inferencectl.sandbox.search_engine import SearchEngine, search_engine, why_no_search_engine
from privacy.digests import KeyRing
from privacy.subjects.api import StoreApi
from privacy.subjects.erasure import Eraser
from privacy.subjects.ledger import Ledger
from privacy.subjects.profiles import PROFILES
from privacy.subjects.records import Records
from privacy.subjects.subject import Fields, Subjects, one

RING = KeyRing(current="new", keys={"old": b"o" * 32, "new": b"n" * 32})
FIELDS = Fields(digest="subject", plain=("caller.subject",))
MAPPING = {
    "properties": {
        "subject": {"type": "keyword"},
        "caller": {"properties": {"subject": {"type": "keyword"}}},
        "number": {"type": "integer"},
    }
}
ANNA, BOB = "anna@example.com", "bob@example.com"


@dataclass(frozen=True, kw_only=True)
class Store:
    """A real store with indices whose names begin with `prefix`."""

    records: Records
    prefix: str
    snapshots: Path

    @property
    def api(self) -> StoreApi:
        return self.records.api

    def index(self, suffix: str, **settings: Any) -> str:
        name = f"{self.prefix}-{suffix}"
        self.api.call("PUT", name, {"mappings": MAPPING, "settings": {"number_of_replicas": 0, **settings}})
        return name

    def write(self, index: str, number: int, person: str, *, key: str = "new", plain: bool = False) -> None:
        """Records about a person, under a digest or in clear text."""
        who: dict[str, Any] = {"caller": {"subject": person}} if plain else {"subject": RING.subject(person, key)}
        for each in range(number):
            self.api.call("POST", f"{index}/_doc", {**who, "number": each})
        self.records.refresh([index])

    def count(self, person: str) -> int:
        self.records.refresh(self.records.names())
        return sum(self.records.count(whom(person).query).values())

    def snapshot(self, name: str) -> str:
        """A snapshot of the indices, in a repository of its own."""
        repository = f"{self.prefix}-{name}"
        settings = {"type": "fs", "settings": {"location": str(self.snapshots / repository)}}
        self.api.call("PUT", f"_snapshot/{repository}", settings)
        path = f"_snapshot/{repository}/{name}?wait_for_completion=true"
        self.api.call("PUT", path, {"indices": f"{self.prefix}-*", "include_global_state": False})
        return f"_snapshot/{repository}/{name}"

    def eraser(self, folder: Path, progress: Any = lambda _message: None) -> Eraser:
        return Eraser(records=self.records, ledger=Ledger(path=folder / "ledger.jsonl"), progress=progress)


def whom(person: str) -> Subjects:
    return one(person, RING, FIELDS)


@pytest.fixture(scope="session")
def search_engine_of_tests() -> Iterator[SearchEngine]:
    if reason := why_no_search_engine():
        pytest.skip(reason)
    with search_engine(lambda _message: None) as engine:
        yield engine


@pytest.fixture
def store(search_engine_of_tests: SearchEngine) -> Iterator[Store]:
    prefix = f"test-{uuid.uuid4().hex[:8]}"
    api = StoreApi(url=search_engine_of_tests.url)
    records = Records(api=api, profile=PROFILES["opensearch"], patterns=(f"{prefix}-*",))
    yield Store(records=records, prefix=prefix, snapshots=search_engine_of_tests.snapshots)
    for repository in api.call("GET", "_snapshot"):
        if repository.startswith(prefix):
            api.call("DELETE", f"_snapshot/{repository}")
    for prefixed in (prefix, f"restored-{prefix}", f"partial-{prefix}"):
        api.call("DELETE", f"{prefixed}-*?expand_wildcards=all&allow_no_indices=true")
