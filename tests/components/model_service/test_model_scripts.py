"""The scripts that bring a model to its server, run for real: a real shell, a real rclone, an S3 server on loopback."""

import hashlib
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from components.model_service.manifests.storage import VERIFY_SCRIPT
from inferencectl.deployer.diagnosis import MODEL_REFUSED
from tests.components.model_service.published_model import PublishedModel, files_in, listing_of
from tests.model_pod import FETCH_SCRIPT, refused
from tests.s3_server import S3Server

ROOT = Path(__file__).parents[3]
FILES: Mapping[str, bytes] = {
    "saved_model.pb": b"graph",
    "variables/variables.index": b"index",
    "variables/variables data": b"a file with a space in its name",
    "assets.extra/tf_serving_warmup_requests": b"requests",
}


@pytest.fixture
def published(s3_server: S3Server, tmp_path: Path) -> PublishedModel:
    return PublishedModel.of(s3_server, tmp_path, FILES)


def test_a_model_is_copied_and_verified(published: PublishedModel) -> None:
    done = published.run(FETCH_SCRIPT)
    assert done.returncode == 0, done.stderr
    copied = files_in(published.pod.directory)
    copied.pop("SHA256SUMS")
    assert copied == dict(FILES)
    assert "model verified: 4 files" in done.stdout
    assert [path.name for path in published.pod.directory.parent.iterdir()] == ["1"]


def test_the_listing_that_the_documentation_makes_is_accepted(published: PublishedModel, tmp_path: Path) -> None:
    """Whatever files a version has: listings of others, hidden files, and names with spaces."""
    (recipe,) = re.findall(r"```sh\n(find .*)\n```", (ROOT / "docs" / "settings.md").read_text(encoding="utf-8"))
    folder = tmp_path / "version"
    for name in (*FILES, "SHA256SUMS", "other/SHA256SUMS", ".hidden/file", "*", "a  b", "-n", "ä"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    for name in FILES:
        published.remove(name)
    made = subprocess.run(["/bin/sh", "-c", recipe], cwd=folder, capture_output=True, text=True, check=True)
    digest, listing = made.stdout.split()
    assert listing == "SHA256SUMS"
    for name, content in files_in(folder).items():
        published.put(name, content)
    done = published.run(FETCH_SCRIPT, MODEL_SHA256=digest)
    assert done.returncode == 0, done.stderr
    assert files_in(published.pod.directory) == files_in(folder)


def test_a_model_that_is_in_place_is_verified_and_not_copied_again(published: PublishedModel) -> None:
    assert published.run(FETCH_SCRIPT).returncode == 0
    again = published.run(FETCH_SCRIPT, RCLONE_CONFIG_STORAGE_ENDPOINT="http://127.0.0.1:9")
    assert again.returncode == 0, again.stderr
    assert "copying" not in again.stdout


def test_a_changed_byte_is_refused(published: PublishedModel) -> None:
    published.put("saved_model.pb", b"graqh")
    refused(published.run(FETCH_SCRIPT), "saved_model.pb: FAILED", published.pod)


def test_a_missing_file_is_refused(published: PublishedModel) -> None:
    published.remove("variables/variables.index")
    refused(published.run(FETCH_SCRIPT), "variables/variables.index: missing", published.pod)


def test_an_extra_file_is_refused(published: PublishedModel) -> None:
    published.put("assets/evil.so", b"not listed")
    refused(published.run(FETCH_SCRIPT), "assets/evil.so: not listed", published.pod)


def test_a_listing_that_was_changed_with_its_file_is_refused(published: PublishedModel) -> None:
    content = b"another graph"
    published.put("saved_model.pb", content)
    published.put("SHA256SUMS", listing_of({**FILES, "saved_model.pb": content}))
    refused(published.run(FETCH_SCRIPT), f"the stack names {published.pod.sha256}", published.pod)


def test_a_model_without_a_listing_is_refused(published: PublishedModel) -> None:
    published.remove("SHA256SUMS")
    refused(published.run(FETCH_SCRIPT), "no SHA256SUMS", published.pod)


def test_a_file_without_which_the_server_does_not_start_is_missed_by_name(published: PublishedModel) -> None:
    needed = {"MODEL_NEEDED_FILE": "mnist.mar"}
    refused(published.run(FETCH_SCRIPT, **needed), "the server needs mnist.mar, which is not among its", published.pod)
    assert published.run(FETCH_SCRIPT, MODEL_NEEDED_FILE="saved_model.pb").returncode == 0


def test_missing_warm_up_requests_are_refused_where_they_are_required(published: PublishedModel) -> None:
    assert published.run(FETCH_SCRIPT, MODEL_WARMUP="required").returncode == 0
    shutil.rmtree(published.pod.directory)
    without = {name: content for name, content in FILES.items() if "warmup" not in name}
    listing = listing_of(without)
    published.remove("assets.extra/tf_serving_warmup_requests")
    published.put("SHA256SUMS", listing)
    digest = hashlib.sha256(listing).hexdigest()
    refused(
        published.run(FETCH_SCRIPT, MODEL_SHA256=digest, MODEL_WARMUP="required"),
        "warm-up is required",
        published.pod,
    )
    assert published.run(FETCH_SCRIPT, MODEL_SHA256=digest).returncode == 0


def test_storage_that_cannot_be_reached_is_one_clear_error(published: PublishedModel) -> None:
    done = published.run(
        FETCH_SCRIPT,
        RCLONE_CONFIG_STORAGE_ENDPOINT="http://127.0.0.1:9",
        RCLONE_RETRIES="1",
        RCLONE_LOW_LEVEL_RETRIES="1",
    )
    refused(done, "it cannot be copied", published.pod, code=1)


def test_requests_are_signed_with_the_credentials_in_the_files(published: PublishedModel) -> None:
    done = published.run(FETCH_SCRIPT, RCLONE_DUMP="auth", RCLONE_VERBOSE="2")
    assert done.returncode == 0, done.stderr
    assert "Credential=key/" in done.stderr


def test_credentials_that_are_not_there_are_one_clear_error(published: PublishedModel) -> None:
    (published.pod.credentials / "secretAccessKey").unlink()
    refused(published.run(FETCH_SCRIPT), "the credentials of object storage cannot be read", published.pod, code=1)


def test_pods_verify_what_the_import_left(published: PublishedModel) -> None:
    absent = published.run(VERIFY_SCRIPT)
    refused(absent, "has the import finished?", published.pod, code=1)
    assert published.run(FETCH_SCRIPT).returncode == 0
    assert published.run(VERIFY_SCRIPT).returncode == 0
    (published.pod.directory / "saved_model.pb").write_bytes(b"tampered on the volume")
    tampered = published.run(VERIFY_SCRIPT)
    assert tampered.returncode == MODEL_REFUSED
    assert "saved_model.pb: FAILED" in tampered.stderr
