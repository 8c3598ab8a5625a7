"""The reference is copied by the digest that the stack names, or the sampler has none and starts all the same."""

from pathlib import Path

import pytest

from components.model_sampling.manifests import reference_script
from tests.components.model_verification.recorded_versions import Published
from tests.components.models import STORAGE
from tests.s3_server import S3Server

REFERENCE = "assets.extra/reference_distribution.json"
FILES = {"saved_model.pb": b"graph", REFERENCE: b'{"schema": 2}'}


@pytest.fixture
def published(s3_server: S3Server, tmp_path: Path) -> Published:
    return Published(s3_server, tmp_path, reference_script(STORAGE), REFERENCE)


def test_the_reference_is_fetched_and_nothing_else(published: Published) -> None:
    line = published.publish("mnist", FILES)
    done = published.fetch(SAMPLED_VERSION=line.strip())
    assert done.returncode == 0, done.stderr
    assert published.recorded("mnist").read_bytes() == FILES[REFERENCE]
    assert not list(published.directory.rglob("saved_model.pb"))


@pytest.mark.parametrize("files", [{"saved_model.pb": b"graph"}, {**FILES, REFERENCE: b"tampered"}])
def test_one_that_is_absent_or_changed_is_left_out_and_reported(published: Published, files: dict[str, bytes]) -> None:
    listed = None if REFERENCE not in files else FILES
    done = published.fetch(SAMPLED_VERSION=published.publish("mnist", files, listed).strip())
    assert done.returncode == 0, done.stderr
    assert f"no {REFERENCE} of mnist 1 (storage:models/verified/mnist/1)" in done.stderr
    assert not published.recorded("mnist").exists()


def test_a_storage_that_has_not_even_the_list_of_files_is_asked_again(published: Published) -> None:
    """The init container fails, and the kubelet starts it until storage answers."""
    line = published.publish("mnist", FILES).strip()
    unreached = published.fetch(SAMPLED_VERSION=line.replace("verified", "elsewhere"))
    assert unreached.returncode != 0
    assert not published.recorded("mnist").exists()
    assert published.fetch(SAMPLED_VERSION=line).returncode == 0
    assert published.recorded("mnist").read_bytes() == FILES[REFERENCE]
