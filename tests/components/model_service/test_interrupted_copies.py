"""Copies of models that end early: what is there is hashed and kept, and nothing else is ever served."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.components.model_service.published_model import PublishedModel, files_in
from tests.model_pod import FETCH_SCRIPT, refused
from tests.s3_server import S3Server

MEBIBYTE = 2**20


def in_parts(script: str) -> str:
    """The script with parts that a test can afford: a file of more than 2 MiB is copied in parts of 1 MiB."""
    sizes = "PART_MEBIBYTES=64 LARGE_MEBIBYTES=512 STREAMS=4"
    assert sizes in script
    return script.replace(sizes, "PART_MEBIBYTES=1 LARGE_MEBIBYTES=2 STREAMS=2")


IN_PARTS = in_parts(FETCH_SCRIPT)

PARTS = 6
LARGE = b"".join(number.to_bytes(4) for number in range(PARTS * MEBIBYTE // 4 - 250))
FILES: Mapping[str, bytes] = {"saved_model.pb": b"graph", "variables/index": b"index", "variables/data 0": LARGE}


@pytest.fixture
def published(s3_server: S3Server, tmp_path: Path) -> PublishedModel:
    return PublishedModel.of(s3_server, tmp_path, FILES)


def served(model: PublishedModel) -> dict[str, bytes]:
    """The files that a server finds; what the copying needed beside them is gone."""
    assert [path.name for path in model.pod.directory.parent.iterdir()] == ["1"]
    found = files_in(model.pod.directory)
    del found["SHA256SUMS"]
    return found


def parts_in(model: PublishedModel) -> Path:
    (folder,) = model.pod.directory.with_name("1.parts").iterdir()
    return folder


def marks(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"file"}


def test_every_file_is_hashed_as_it_is_copied_and_not_read_again(published: PublishedModel) -> None:
    done = published.run(FETCH_SCRIPT, RCLONE_VERBOSE="2")
    assert done.returncode == 0, done.stderr
    log = (published.pod.home / "errors").read_text()
    assert log.count("cached sha256") == len(FILES)
    assert "slow sha256" not in log


def test_a_large_file_is_copied_in_parts(published: PublishedModel) -> None:
    with published.watched() as reads:
        done = published.run(IN_PARTS)
    assert done.returncode == 0, done.stderr
    assert served(published) == dict(FILES)
    assert len([read for read in reads if read.startswith("variables/data 0 bytes=")]) == PARTS


def test_a_large_file_that_is_wrong_is_refused_before_another_is_copied(published: PublishedModel) -> None:
    more = PublishedModel.of(published.pod.storage, published.pod.home / "more", {**FILES, "variables/data 1": LARGE})
    more.put("variables/data 0", bytes(len(LARGE)))
    with more.watched() as reads:
        refused(more.run(IN_PARTS), "variables/data 0: FAILED", more.pod)
    assert not [read for read in reads if "data 1" in read]
    more.put("variables/data 0", LARGE)
    assert more.run(IN_PARTS).returncode == 0


def test_a_signature_that_does_not_hold_is_refused_before_a_large_file_is_copied(published: PublishedModel) -> None:
    signed = PublishedModel.of(published.pod.storage, published.pod.home / "more", {**FILES, "model.sig": b"{}"})
    with signed.watched() as reads:
        refused(signed.run(IN_PARTS, MODEL_SIGNATURE_KEY="no key"), "its signature does not hold", signed.pod)
    assert not [read for read in reads if "data 0" in read]


@pytest.mark.parametrize("name", ["variables/data 0", "saved_model.pb"])
def test_names_are_compared_before_anything_is_copied(published: PublishedModel, name: str) -> None:
    published.remove(name)
    published.put("evil.so", b"not listed")
    with published.watched() as reads:
        done = published.run(IN_PARTS)
    refused(done, f"{name}: missing", published.pod)
    assert "evil.so: not listed" in done.stderr
    assert reads == []


def test_parts_that_are_there_are_not_copied_again(published: PublishedModel) -> None:
    with published.watched(most=5) as before:
        refused(published.run(IN_PARTS), "it cannot be copied", published.pod, code=1)
    kept = marks(parts_in(published))
    assert kept
    with published.watched() as after:
        done = published.run(IN_PARTS)
    assert done.returncode == 0, done.stderr
    assert served(published) == dict(FILES)
    assert len(before) + len(after) >= len(FILES) - 1 + PARTS
    assert len(after) == PARTS - len(kept), "the other files were there, and so were the parts"


def test_a_copy_that_was_killed_goes_on(published: PublishedModel) -> None:
    reached = threading.Event()

    def killed_at(method: str, path: str) -> None:
        if method == "GET" and "data" in path and marks(parts_in(published)):
            reached.set()

    published.pod.storage.before = killed_at
    environment = {**published.pod.environment, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    first = subprocess.Popen(["/bin/sh", "-eu", "-c", IN_PARTS], env=environment, start_new_session=True)
    try:
        assert reached.wait(60)
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    published.pod.storage.let_all_pass()
    assert not published.pod.directory.exists()
    kept = marks(parts_in(published))
    with published.watched() as reads:
        done = published.run(IN_PARTS)
    assert done.returncode == 0, done.stderr
    assert served(published) == dict(FILES)
    assert len(reads) <= PARTS - len(kept)


def test_a_part_that_was_damaged_where_it_lay_is_found_and_copied_again(published: PublishedModel) -> None:
    with published.watched(most=5):
        published.run(IN_PARTS)
    folder = parts_in(published)
    with (folder / "file").open("r+b") as file:
        file.seek(int(min(marks(folder))) * MEBIBYTE)
        file.write(b"damaged")
    refused(published.run(IN_PARTS), "variables/data 0 was damaged where it lay", published.pod, code=1)
    done = published.run(IN_PARTS)
    assert done.returncode == 0, done.stderr
    assert served(published) == dict(FILES)


def test_a_part_counts_once_it_is_on_the_disk(published: PublishedModel) -> None:
    """Where the volume outlives the node; a program that fails stands for the disk that did not take it."""
    programs = published.pod.home / "programs"
    programs.mkdir()
    (programs / "sync").symlink_to("/bin/false")
    path = f"{programs}:{Path(sys.executable).parent}:/usr/bin:/bin"
    refused(published.run(IN_PARTS, PATH=path, MODEL_DURABLE=""), "it cannot be copied", published.pod, code=1)
    assert marks(parts_in(published)) == set()
    done = published.run(IN_PARTS, MODEL_DURABLE="")
    assert done.returncode == 0, done.stderr


def test_files_of_an_earlier_attempt_are_kept_if_they_are_right(published: PublishedModel) -> None:
    left = {"saved_model.pb": b"graqh", "variables/index": b"index", "variables/data 0": LARGE, "a.partial": b"half"}
    for name, content in left.items():
        (published.incoming / name).parent.mkdir(parents=True, exist_ok=True)
        (published.incoming / name).write_bytes(content)
    with published.watched() as reads:
        done = published.run(IN_PARTS)
    assert done.returncode == 0, done.stderr
    assert served(published) == dict(FILES)
    assert reads == ["saved_model.pb"]
    assert "continuing with 2 files" in done.stdout


def test_digests_of_an_earlier_attempt_are_not_believed(published: PublishedModel) -> None:
    """The file that was hashed has other content now, but the size and the time of then."""
    published.put("variables/index", b"other")
    refused(published.run(FETCH_SCRIPT), "variables/index: FAILED", published.pod)
    file = published.incoming / "saved_model.pb"
    before = file.stat()
    file.write_bytes(b"graqh")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    published.put("variables/index", FILES["variables/index"])
    done = published.run(FETCH_SCRIPT)
    assert done.returncode == 0, done.stderr
    assert served(published) == dict(FILES)


def test_a_comparison_that_cannot_be_made_serves_nothing(published: PublishedModel) -> None:
    programs = published.pod.home / "programs"
    programs.mkdir()
    (programs / "comm").symlink_to("/bin/false")
    done = published.run(FETCH_SCRIPT, PATH=f"{programs}:{Path(sys.executable).parent}:/usr/bin:/bin")
    assert done.returncode != 0
    assert not published.pod.directory.exists()
