"""Publishing: versions are numbered, immutable, and never overwrite each other, whoever races."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from registry.errors import BAD_INPUT, RegistryError
from registry.listing import digest_of
from registry.model_files import read_files
from registry.names import claims_folder
from registry.object_store import ObjectStore
from registry.publication import Published, clear, publish
from registry.s3_source import S3Source
from registry.signing import KeylessSigner
from registry.verification import verify
from tests.registry.models import FILES, Bench, silent, written

RACERS = 4


class MeetingStore(ObjectStore):
    """A store whose first claim waits until all racers have chosen their number."""

    meeting: threading.Barrier

    def create(self, key: str, content: bytes) -> bool:
        if claims_folder("digits") in key and not getattr(self, "met", False):
            self.met = True
            self.meeting.wait(timeout=30)
        return super().create(key, content)


def race(bench: Bench, version: int | None) -> list[Published | RegistryError]:
    MeetingStore.meeting = threading.Barrier(RACERS)

    def one(number: int) -> Published | RegistryError:
        store = MeetingStore(bench.url, bench.server.url)
        try:
            return publish(store, bench.publication(by=f"publisher {number}"), bench.files, version, silent)
        except RegistryError as refusal:
            return refusal

    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(one, range(RACERS)))


def test_a_version_has_its_files_its_metadata_its_signature_and_its_listing(bench: Bench) -> None:
    done = bench.publish()
    assert done.metadata.version == 1
    assert done.storage == f"{bench.url}/digits/1"
    assert bench.present("digits/1") == {
        f"digits/1/{path}" for path in (*FILES, "metadata.json", "model.sig", "SHA256SUMS")
    }
    assert done.sha256 == digest_of(bench.get("digits/1/SHA256SUMS"))
    stored = json.loads(bench.get("digits/1/metadata.json"))
    assert stored["totalSize"] == sum(map(len, FILES.values()))
    assert {file["path"]: file["size"] for file in stored["files"]} == {path: len(FILES[path]) for path in FILES}
    assert stored["publishedBy"] == "data-science"
    assert stored["description"]["metrics"] == {"accuracy": 0.984}


def test_the_next_version_has_the_next_number_and_a_number_can_be_named(bench: Bench) -> None:
    assert [bench.publish().metadata.version for _ in range(2)] == [1, 2]
    assert bench.publish(7).metadata.version == 7
    assert bench.publish().metadata.version == 8
    assert [version.version for version in S3Source(bench.store).overview("digits").versions] == [1, 2, 7, 8]


def test_a_version_never_changes(bench: Bench) -> None:
    first = bench.publish(1)
    written(bench.directory, **{"saved_model.pb": b"another graph"})
    with pytest.raises(RegistryError, match="version 1 of digits already exists; omit --version") as refusal:
        bench.publish(1)
    assert refusal.value.exit_code == BAD_INPUT
    assert digest_of(bench.get("digits/1/SHA256SUMS")) == first.sha256
    assert bench.get("digits/1/saved_model.pb") == b"graph"


def test_racing_publishers_get_a_version_each(bench: Bench) -> None:
    done = race(bench, None)
    versions = [one.metadata.version for one in done if isinstance(one, Published)]
    assert sorted(versions) == list(range(1, RACERS + 1)), done
    for number in versions:
        verify(bench.store, "digits", number, bench.verifier, silent)


def test_of_publishers_racing_for_one_number_one_has_it_and_the_others_fail(bench: Bench) -> None:
    done = race(bench, 5)
    assert sum(isinstance(one, Published) for one in done) == 1, done
    refusals = [one for one in done if isinstance(one, RegistryError)]
    assert all("omit --version" in str(one) and one.exit_code == BAD_INPUT for one in refusals), refusals
    verify(bench.store, "digits", 5, bench.verifier, silent)


def test_storage_that_ignores_conditions_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    unconditional = ObjectStore._put

    def careless(self: ObjectStore, key: str, content: bytes, **_condition: str) -> bool:
        return unconditional(self, key, content)

    monkeypatch.setattr(ObjectStore, "_put", careless)
    with pytest.raises(RegistryError, match="ignores If-None-Match"):
        bench.publish()
    assert list(S3Source(bench.store).overview("digits").versions) == []


def test_a_file_that_changes_while_it_is_published_is_refused(bench: Bench) -> None:
    def overwrite(method: str, path: str) -> None:
        if method == "PUT" and path.endswith("saved_model.pb"):
            (bench.directory / "saved_model.pb").write_bytes(b"still being exported")

    bench.server.before = overwrite
    with pytest.raises(RegistryError, match="changed while it was being published"):
        bench.publish()
    bench.server.let_all_pass()
    assert list(S3Source(bench.store).overview("digits").versions) == []
    assert bench.publish().metadata.version == 2


def test_a_publication_that_was_abandoned_meanwhile_is_refused_at_its_end(bench: Bench) -> None:
    waiting, cleared = threading.Event(), threading.Event()

    class Paused(ObjectStore):
        def create(self, key: str, content: bytes) -> bool:
            if key.endswith("SHA256SUMS"):
                waiting.set()
                assert cleared.wait(timeout=30)
            return super().create(key, content)

    with ThreadPoolExecutor(1) as pool:
        store = Paused(bench.url, bench.server.url)
        late = pool.submit(publish, store, bench.publication(), bench.files, None, silent)
        assert waiting.wait(timeout=30)
        assert clear(bench.store, "digits", timedelta(hours=24)) == [], "a young publication is left alone"
        assert clear(bench.store, "digits", timedelta()) == [1]
        cleared.set()
        with pytest.raises(RegistryError, match="was abandoned by someone else"):
            late.result()
    assert bench.present("digits/1") == {"digits/1/SHA256SUMS"}
    assert list(S3Source(bench.store).overview("digits").versions) == []
    assert bench.publish().metadata.version == 2


def test_without_sigstore_a_keyless_publication_is_one_error_and_leaves_nothing(bench: Bench, tmp_path: Path) -> None:
    trust = tmp_path / "trust.json"
    trust.write_text("{}")
    publication: Any = bench.publication()
    object.__setattr__(publication, "signer", KeylessSigner(token="none", trust=trust))
    with pytest.raises(RegistryError, match="Sigstore cannot be used"):
        publish(bench.store, publication, bench.files, None, silent)
    assert bench.present("digits") == set()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SHA256SUMS", "file name is reserved"),
        (".gitignore", "file name is reserved"),
        ("back\\slash", "file name contains characters that sha256sum escapes"),
        ("new\nline", "file name contains characters that sha256sum escapes"),
    ],
)
def test_a_name_that_the_listing_cannot_hold_is_refused(bench: Bench, name: str, expected: str) -> None:
    (bench.directory / name).write_bytes(b"")
    with pytest.raises(RegistryError, match=expected) as refusal:
        bench.publish()
    assert refusal.value.exit_code == BAD_INPUT
    assert bench.present("digits") == set()


def test_links_and_empty_directories_are_refused(bench: Bench, tmp_path: Path) -> None:
    (bench.directory / "link").symlink_to("saved_model.pb")
    with pytest.raises(RegistryError, match="link is not a regular file"):
        bench.publish()
    (tmp_path / "empty").mkdir()
    with pytest.raises(RegistryError, match="contains no files"):
        read_files(tmp_path / "empty", silent)
    with pytest.raises(RegistryError, match="is not a directory"):
        read_files(tmp_path / "absent", silent)
