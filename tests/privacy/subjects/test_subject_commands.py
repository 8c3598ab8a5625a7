"""The command line over a real search engine, killed and run again."""

import base64
import json
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from tests.privacy.subjects.conftest import ANNA, BOB, RING, Store

ROOT = Path(__file__).parents[3]
KILLED = """
import os, signal, sys
from privacy.subjects import api, erasure
from inferencectl.command_line import main

erasure.BATCH = 5
call = api.StoreApi.call

def killed(*arguments, **options):
    answer = call(*arguments, **options)
    if "_delete_by_query" in arguments[2]:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer

api.StoreApi.call = killed
main()
"""

pytestmark = pytest.mark.slow("the first of them starts a search engine, which takes a minute on a busy machine")


def configuration(store: Store, folder: Path, **changes: object) -> Path:
    keys = {name: base64.b64encode(key).decode() for name, key in RING.keys.items()}
    (folder / "keys.yaml").write_text(yaml.safe_dump({"current": RING.current, "keys": keys}))
    content: Mapping[str, object] = {
        "profile": "opensearch",
        "url": store.api.url,
        "indices": [f"{store.prefix}-*"],
        "plainFields": ["caller.subject"],
        "keys": "keys.yaml",
        "ledger": "ledger.jsonl",
        **changes,
    }
    path = folder / "privacy.yaml"
    path.write_text(yaml.safe_dump({name: each for name, each in content.items() if each is not None}))
    return path


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "inferencectl", *arguments]
    return subprocess.run(command, cwd=ROOT, input=stdin, check=False, capture_output=True, text=True)


def options(store: Store, folder: Path, *names: str) -> Sequence[str]:
    given = {"--subject": ANNA, "--by": "dpo", "--proof": str(folder / "proof.json"), "--output": str(folder / "out")}
    return ("--privacy", str(configuration(store, folder)), *(part for name in names for part in (name, given[name])))


def test_a_person_is_found_exported_and_erased(store: Store, tmp_path: Path) -> None:
    index = store.index("1")
    store.write(index, 2, ANNA)
    store.write(index, 1, BOB)
    found = run("find-subject", *options(store, tmp_path, "--subject"), "--json")
    assert json.loads(found.stdout) == {"records": {index: 2}, "snapshots": [], "horizon": ""}
    assert run("export-subject", *options(store, tmp_path, "--subject", "--output")).returncode == 0
    lines = [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()]
    assert sorted(line["record"]["number"] for line in lines) == [0, 1]
    assert {line["record"]["subject"] for line in lines} == {RING.subject(ANNA)}
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o600
    erase = options(store, tmp_path, "--by", "--proof")
    dry = run("erase-subject", *erase, "--subject", "-", "--dry-run", stdin=f"{ANNA}\n")
    assert dry.stdout.endswith("would be erased: 2 records in 1 indices\n")
    assert (store.count(ANNA), (tmp_path / "ledger.jsonl").exists()) == (2, False)
    done = run("erase-subject", *erase, "--subject", "-", stdin=f"{ANNA}\n")
    assert (done.returncode, store.count(ANNA), store.count(BOB)) == (0, 0, 1)
    assert "anna" not in (done.stdout + done.stderr + (tmp_path / "proof.json").read_text()).lower()


def test_an_erasure_that_is_killed_is_continued_and_counts_all(store: Store, tmp_path: Path) -> None:
    index = store.index("1")
    store.write(index, 60, ANNA)
    arguments = ("erase-subject", *options(store, tmp_path, "--subject", "--by", "--proof"))
    for left in (55, 50):
        killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], cwd=ROOT, check=False, capture_output=True)
        assert (killed.returncode, store.count(ANNA)) == (-signal.SIGKILL, left)
    assert not (tmp_path / "proof.json").exists()
    assert run(*arguments).returncode == 0
    proof = json.loads((tmp_path / "proof.json").read_text())
    assert (proof["erased"], proof["remaining"]) == ({index: 60}, 0)
    entries = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]
    assert [(each["event"], each["erasure"]) for each in entries] == [
        ("began", proof["erasure"]),
        ("done", proof["erasure"]),
    ]


def test_who_was_erased_is_erased_again_after_a_restore(store: Store, tmp_path: Path) -> None:
    index = store.index("1")
    store.write(index, 2, ANNA)
    snapshot = store.snapshot("nightly")
    erased = run("erase-subject", *options(store, tmp_path, "--subject", "--by", "--proof"))
    assert f"snapshot {store.prefix}-nightly/nightly may hold more without an end" in erased.stdout
    store.api.call("DELETE", index)
    store.api.call("POST", f"{snapshot}/_restore?wait_for_completion=true", {"indices": index})
    again = run("erase-again", *options(store, tmp_path, "--by", "--proof"))
    assert "erased: 2 records in 1 indices" in again.stdout
    assert store.count(ANNA) == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"profile": "solr", "index": "a"},
            r"profile: 'solr': Input should be .*\n.*index: unknown key; expected one of",
        ),
        ({"ledger": "none/ledger.jsonl"}, "none/ledger.jsonl: cannot be written"),
        ({"subjectField": "nobody", "plainFields": []}, "no index has a field nobody"),
    ],
)
def test_bad_input_is_one_error_before_anything_is_erased(
    store: Store, tmp_path: Path, changes: dict[str, object], expected: str
) -> None:
    store.write(store.index("1"), 1, ANNA)
    erase = options(store, tmp_path, "--subject", "--by", "--proof")
    configuration(store, tmp_path, **changes)
    result = run("erase-subject", *erase)
    assert result.returncode == 2
    assert result.stderr.startswith("error: ")
    assert re.search(expected, result.stderr)
    assert "Traceback" not in result.stderr
    assert store.count(ANNA) == 1


def test_a_store_that_does_not_answer_is_named(store: Store, tmp_path: Path) -> None:
    find = options(store, tmp_path, "--subject")
    configuration(store, tmp_path, url="http://127.0.0.1:1")
    result = run("find-subject", *find)
    assert (result.returncode, "http://127.0.0.1:1: the store does not answer" in result.stderr) == (1, True)
