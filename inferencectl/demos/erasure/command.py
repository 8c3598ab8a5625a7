"""The command of the demonstration: what it says while one of two people is erased."""

import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from inferencectl.console import say
from inferencectl.demos.erasure.predictions import ANNA, BOB, FIELDS, INDEX, prepare, snapshot_of, write_predictions
from inferencectl.sandbox.search_engine import SearchEngine, search_engine
from inferencectl.workspace.errors import SandboxError
from inferencectl.workspace.machine_json import as_json
from privacy.digests import KeyRing
from privacy.errors import PrivacyError
from privacy.subjects.api import StoreApi
from privacy.subjects.erasure import Eraser, look
from privacy.subjects.export import write_records
from privacy.subjects.ledger import Ledger
from privacy.subjects.profiles import PROFILES
from privacy.subjects.records import Records
from privacy.subjects.subject import everybody, one


def show_erasure(out: Console) -> None:
    """Log predictions of two people, erase one, restore a snapshot, erase again, and print the proof.

    Raises:
        SandboxError: the search engine cannot be had or does not start, or a step of it fails.
    """
    out.print("Real here: the search engine, masking, digests, find, export, erase, snapshot and restore.")
    out.print("Stand-ins: OpenSearch for a cluster of Elasticsearch, and made-up predictions instead of a collector.")
    try:
        with search_engine(say) as engine, tempfile.TemporaryDirectory() as folder:
            play(out, engine, Path(folder))
    except PrivacyError as error:
        raise SandboxError(error.message, error.remedy) from None


def play(out: Console, engine: SearchEngine, folder: Path) -> None:
    """The steps, on a store without an index or a repository of theirs; raises PrivacyError."""
    ring = KeyRing(current="demo", keys={"demo": secrets.token_bytes(32)})
    records = Records(api=StoreApi(url=engine.url), profile=PROFILES["opensearch"], patterns=("predictions-*",))
    anna, bob = (one(person, ring, FIELDS) for person in (ANNA, BOB))
    eraser = Eraser(records=records, ledger=Ledger(path=folder / "ledger.jsonl"), progress=say)

    def count() -> Mapping[str, int]:
        return {name: sum(look(records, each)[1].values()) for name, each in (("Anna", anna), ("Bob", bob))}

    prepare(records.api)
    kept = write_predictions(records.api, ring)
    out.print(f"1. Predictions of two people are logged. One of them, as it is kept:\n{as_json(kept)}", markup=False)
    out.print(f"2. Found by the digests of their names: {_said(count())}")
    number = write_records(records, anna, folder / "anna.jsonl")
    out.print(f"3. Exported for Anna: {number} records, mode {(folder / 'anna.jsonl').stat().st_mode & 0o777:o}")
    snapshot = snapshot_of(records.api, engine.snapshots)
    out.print(f"4. A snapshot is taken: {snapshot}")
    proof = eraser.erase(anna, "data protection officer")
    out.print(f"5. Anna is erased: {_said(count())}. The proof:\n{as_json(asdict(proof))}", markup=False)
    records.api.call("DELETE", INDEX)
    records.api.call("POST", f"_snapshot/{snapshot}/_restore?wait_for_completion=true", {"indices": INDEX})
    out.print(f"6. The index is lost and the snapshot restored, which brings her back: {_said(count())}")
    again = eraser.erase_again(everybody(eraser.ledger.digests(), ring, FIELDS, records), "operator")
    out.print(f"7. Everybody of the ledger is erased again: {sum(again.erased.values())} records; {_said(count())}")


def _said(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} has {number} records" for name, number in counts.items())
