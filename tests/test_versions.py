"""The images, their digests, and what the policies of prod ask of them."""

import json
import re
from pathlib import Path

import pytest

from versions import IMAGE_LOCK, Image, RuntimeImages, all_images, locked_images, read_lock

ROOT = Path(__file__).parents[1]
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
SERVER = Image(registry="registry.example", repository="models/server", tag="1.0")
OTHER = Image(registry="registry.example", repository="models/other", tag="1.0")


@pytest.mark.parametrize("image", locked_images(), ids=str)
def test_an_image_is_named_in_full_and_by_the_tag_of_a_release(image: Image) -> None:
    assert "." in image.registry, "a registry without a dot is taken for a repository of Docker Hub"
    assert image.repository
    assert re.fullmatch(r"v?\d+(\.\d+)+(_\d+)?(-[a-z0-9.]+)*", image.tag), "a tag without a version number may move"


def test_every_lock_entry_is_a_digest_of_a_named_image_and_says_where_it_is_from() -> None:
    entries = json.loads(IMAGE_LOCK.read_text(encoding="utf-8"))
    assert entries.keys() <= {str(image) for image in locked_images()}
    assert list(entries) == sorted(entries)
    for image, entry in entries.items():
        assert entry.keys() == {"digest", "source"}, image
        assert DIGEST.fullmatch(entry["digest"]), image
        assert entry["source"].strip(), image


def test_two_images_never_share_a_digest() -> None:
    digests = list(read_lock().values())
    assert len(set(digests)) == len(digests)


def test_an_image_is_pinned_where_its_digest_is_known() -> None:
    lock = {str(SERVER): "sha256:ab"}
    assert SERVER.pinned(lock) == "registry.example/models/server:1.0@sha256:ab"
    assert OTHER.pinned(lock) == "registry.example/models/other:1.0"


def test_a_server_with_gpus_gets_the_build_for_them() -> None:
    images = RuntimeImages(cpu=SERVER, gpu=OTHER)
    assert [images.on(gpus) for gpus in (0, 1, 8)] == [SERVER, OTHER, OTHER]


def test_a_missing_lock_is_an_error_and_not_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_lock(tmp_path / "images.lock")


def test_prod_demands_digests_exactly_when_all_of_them_are_known() -> None:
    configuration = json.loads((ROOT / "policies" / "config" / "prod.json").read_text(encoding="utf-8"))
    all_known = {str(image) for image in all_images()} <= read_lock().keys()
    assert configuration["rules"]["requireDigest"] == ("mandatory" if all_known else "advisory")
