"""Find and erase on a real search engine: what is gone, what stays, and what is never reported as done."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from itertools import count
from pathlib import Path

import pytest

from privacy.errors import PrivacyError
from privacy.subjects import erasure
from privacy.subjects.erasure import look
from privacy.subjects.subject import everybody
from tests.privacy.subjects.conftest import ANNA, BOB, FIELDS, RING, Store, whom

pytestmark = pytest.mark.slow("the first of them starts a search engine, which takes a minute on a busy machine")


def test_one_person_is_erased_everywhere_and_the_others_stay(store: Store, tmp_path: Path) -> None:
    first, second = store.index("1"), store.index("2")
    store.write(first, 3, ANNA)
    store.write(first, 2, ANNA, key="old")
    store.write(second, 2, "Anna@Example.com", plain=True)
    store.write(second, 4, BOB)
    store.write(first, 1, BOB, plain=True)
    assert look(store.records, whom(ANNA))[1] == {first: 5, second: 2}
    proof = store.eraser(tmp_path).erase(whom(" ANNA@example.com "), "dpo")
    assert proof.erased == {first: 5, second: 2}
    assert (proof.remaining, proof.by, proof.horizon) == (0, "dpo", "")
    assert (store.count(ANNA), store.count(BOB)) == (0, 5)


def test_neither_proof_nor_ledger_holds_who_was_erased(store: Store, tmp_path: Path) -> None:
    store.write(store.index("1"), 1, ANNA, plain=True)
    proof = store.eraser(tmp_path).erase(whom(ANNA), "dpo")
    held = json.dumps(asdict(proof)) + (tmp_path / "ledger.jsonl").read_text()
    assert "anna" not in held.lower()
    assert RING.subject(ANNA) in held
    assert (tmp_path / "ledger.jsonl").stat().st_mode & 0o777 == 0o600


def test_more_records_than_a_batch_are_erased(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "BATCH", 3)
    index = store.index("1")
    store.write(index, 10, ANNA)
    said: list[str] = []
    assert store.eraser(tmp_path, said.append).erase(whom(ANNA), "dpo").erased == {index: 10}
    assert said[0] == f"{index}: deleted 3 of 10, 0 conflicts"
    assert len(said) == 4


def test_a_record_that_changes_meanwhile_is_a_conflict_and_is_erased(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of its changes a search sees nothing before the next refresh, so that the store deletes an older version.
    index = store.index("1", refresh_interval="-1")
    store.write(index, 2, ANNA)
    store.api.call("PUT", f"{index}/_doc/changing?refresh=true", {"subject": RING.subject(ANNA), "number": 1})
    seen = type(store.records).require_erasable

    def change_then_look(records: object, indices: object) -> None:
        store.api.call("PUT", f"{index}/_doc/changing", {"subject": RING.subject(ANNA), "number": 2})
        seen(store.records, list(indices))  # pyright: ignore[reportCallIssue, reportArgumentType]

    monkeypatch.setattr(type(store.records), "require_erasable", change_then_look)
    proof = store.eraser(tmp_path).erase(whom(ANNA), "dpo")
    assert proof.conflicts == 1
    assert proof.erased == {index: 3}
    assert store.count(ANNA) == 0


def test_records_that_keep_changing_are_never_reported_as_erased(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "MOST_IDLE_ROUNDS", 3)
    index = store.index("1", refresh_interval="-1")
    store.api.call("PUT", f"{index}/_doc/a?refresh=true", {"subject": RING.subject(ANNA)})
    call = type(store.api).call

    def changed_before_each(api: object, method: str, path: str, *body: object, **options: object) -> object:
        if "_delete_by_query" in path:
            call(store.api, "PUT", f"{index}/_doc/a", {"subject": RING.subject(ANNA)})
        return call(store.api, method, path, *body, **options)  # pyright: ignore[reportArgumentType]

    with monkeypatch.context() as patch:
        patch.setattr(type(store.api), "call", changed_before_each)
        with pytest.raises(PrivacyError, match=f"are left: 1 in {index}; others keep writing or changing"):
            store.eraser(tmp_path).erase(whom(ANNA), "dpo")
    assert '"done"' not in (tmp_path / "ledger.jsonl").read_text()
    assert store.eraser(tmp_path).erase(whom(ANNA), "dpo").erased == {index: 1}


class KilledError(BaseException):
    """Ends whatever runs, as nothing catches it."""


def test_an_erasure_that_ends_at_any_request_ends_in_the_same_state(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "BATCH", 2)
    index = store.index("1")
    store.write(index, 30, ANNA)
    store.write(index, 1, BOB)
    call = type(store.api).call
    proof = None
    for last in count(1):
        left = iter(range(last))

        def killed(api: object, *request: object, left: Iterator[int] = left, **options: object) -> object:
            if next(left, None) is None:
                raise KilledError
            return call(store.api, *request, **options)  # pyright: ignore[reportArgumentType]

        with monkeypatch.context() as patch, suppress(KilledError):
            patch.setattr(type(store.api), "call", killed)
            proof = store.eraser(tmp_path).erase(whom(ANNA), "dpo")
        if proof:
            break
    assert proof
    assert proof.erased == {index: 30}
    assert (store.count(ANNA), store.count(BOB)) == (0, 1)
    lines = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]
    assert [(each["event"], each["erasure"]) for each in lines] == [("began", proof.erasure), ("done", proof.erasure)]


@pytest.mark.parametrize("block", ["index.blocks.write", "index.blocks.read_only"])
def test_a_read_only_index_is_refused_before_anything_is_erased(store: Store, tmp_path: Path, block: str) -> None:
    first, second = store.index("1"), store.index("2")
    store.write(first, 2, ANNA)
    store.write(second, 1, ANNA)
    store.api.call("PUT", f"{second}/_settings", {block: True})
    with pytest.raises(PrivacyError, match=f"nothing was erased.*{second}") as caught:
        store.eraser(tmp_path).erase(whom(ANNA), "dpo")
    assert f"read-only by {block}. Set that to null" in caught.value.remedy
    assert not (tmp_path / "ledger.jsonl").exists()
    assert sum(store.records.count(whom(ANNA).query).values()) == 3
    assert store.eraser(tmp_path).erase(whom(BOB), "dpo").erased == {}
    store.api.call("PUT", f"{second}/_settings", {block: None})
    assert store.eraser(tmp_path).erase(whom(ANNA), "dpo").erased == {first: 2, second: 1}


def test_a_closed_index_is_refused(store: Store, tmp_path: Path) -> None:
    index = store.index("1")
    store.api.call("POST", f"{index}/_close")
    with pytest.raises(PrivacyError, match=f"{index}: closed"):
        store.eraser(tmp_path).erase(whom(ANNA), "dpo")


def test_an_index_that_a_lifecycle_has_mounted_under_another_name_is_looked_at(store: Store, tmp_path: Path) -> None:
    store.index("1")
    mounted = f"partial-{store.prefix}-1"
    store.api.call("PUT", mounted, {"mappings": {"properties": {"subject": {"type": "keyword"}}}})
    store.write(mounted, 1, ANNA)
    assert store.eraser(tmp_path).erase(whom(ANNA), "dpo").erased == {mounted: 1}


def test_a_field_in_which_nobody_is_found_for_certain_is_refused(store: Store, tmp_path: Path) -> None:
    index = f"{store.prefix}-text"
    store.api.call("PUT", index, {"mappings": {"properties": {"subject": {"type": "text"}}}})
    with pytest.raises(PrivacyError, match="subject is of type text"):
        store.eraser(tmp_path).erase(whom(ANNA), "dpo")


def test_a_pattern_or_a_field_that_nothing_has_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(PrivacyError, match="no index is called"):
        store.eraser(tmp_path).erase(whom(ANNA), "dpo")
    store.api.call("PUT", f"{store.prefix}-bare", {"mappings": {"properties": {"x": {"type": "keyword"}}}})
    with pytest.raises(PrivacyError, match=r"no index has a field subject or caller\.subject"):
        store.eraser(tmp_path).erase(whom(ANNA), "dpo")


def test_a_restored_snapshot_brings_nobody_back(store: Store, tmp_path: Path) -> None:
    index = store.index("1")
    store.write(index, 2, ANNA, key="old")
    store.write(index, 1, ANNA, plain=True)
    store.write(index, 3, BOB)
    snapshot = store.snapshot("nightly")
    proof = store.eraser(tmp_path).erase(whom(ANNA), "dpo")
    (held,) = proof.snapshots
    assert (held.snapshot, held.indices, held.until, proof.horizon) == ("nightly", (index,), None, None)
    assert "delete it by hand" in held.note
    store.api.call("DELETE", index)
    store.api.call("POST", f"{snapshot}/_restore?wait_for_completion=true", {"indices": index})
    assert (store.count(ANNA), store.count(BOB)) == (3, 3)
    eraser = store.eraser(tmp_path)
    again = eraser.erase_again(everybody(eraser.ledger.digests(), RING, FIELDS, store.records), "operator")
    assert again.erased == {index: 3}
    assert (store.count(ANNA), store.count(BOB)) == (0, 3)
