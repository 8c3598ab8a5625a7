"""The script that fetches what was recorded at publication: a real shell, a real rclone, an S3 server on loopback."""

from pathlib import Path

import pytest

from components.model_verification.manifests import fetch_script
from tests.components.model_verification.recorded_versions import Published
from tests.components.models import STORAGE
from tests.s3_server import S3Server

RECORDED = "assets.extra/verification.json"
FILES = {"saved_model.pb": b"graph", RECORDED: b'{"schema": 1}'}


@pytest.fixture
def published(s3_server: S3Server, tmp_path: Path) -> Published:
    return Published(s3_server, tmp_path, fetch_script(RECORDED, STORAGE), RECORDED)


def test_what_was_recorded_is_fetched_and_nothing_else(published: Published) -> None:
    done = published.fetch(published.publish("mnist", FILES), published.publish("iris", FILES))
    assert done.returncode == 0, done.stderr
    for model in ("mnist", "iris"):
        assert published.recorded(model).read_bytes() == FILES[RECORDED]
    assert not list(published.directory.rglob("saved_model.pb"))


@pytest.mark.parametrize(
    ("files", "listed"),
    [
        ({"saved_model.pb": b"graph"}, None),
        ({**FILES, RECORDED: b"tampered"}, FILES),
        (FILES, {"saved_model.pb": b"graph"}),
    ],
    ids=["absent", "changed", "not listed"],
)
def test_what_is_not_as_listed_is_left_out_and_reported(
    files: dict[str, bytes], listed: dict[str, bytes] | None, published: Published
) -> None:
    done = published.fetch(published.publish("mnist", files, listed), published.publish("iris", FILES))
    assert done.returncode == 0, done.stderr
    assert "no assets.extra/verification.json of mnist 1 (storage:models/verified/mnist/1)" in done.stderr
    assert not published.recorded("mnist").exists()
    assert published.recorded("iris").exists(), "one version must not hide the others"


def test_another_listing_than_the_stack_names_is_refused(published: Published) -> None:
    line = published.publish("mnist", FILES)
    published.publish("mnist", {**FILES, RECORDED: b"another"})
    done = published.fetch(line)
    assert "no assets.extra/verification.json of mnist 1" in done.stderr
    assert not published.recorded("mnist").exists()
