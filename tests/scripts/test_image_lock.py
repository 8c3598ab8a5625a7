"""Locking images against a real registry, which is this machine's own."""

import hashlib
import io
import json
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inferencectl.sandbox.ports import LOOPBACK, free_ports, is_free
from inferencectl.workspace.errors import FAILED, SandboxError
from scripts import image_lock
from scripts.image_lock import ensure_crane, lock_images
from versions import Image, read_lock

START_SECONDS = 10
EARLIER = '{"docker.io/library/gone:1": {"digest": "sha256:00", "source": "registry"}}\n'


def _silent(_message: str) -> None:
    pass


@pytest.fixture(scope="module")
def crane() -> Path:
    return ensure_crane(_silent)


@pytest.fixture
def registry(crane: Path) -> Iterator[str]:
    """The address of an empty registry."""
    (port,) = free_ports(1)
    address = f"{LOOPBACK}:{port}"
    command = [crane, "registry", "serve", "--address", address]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + START_SECONDS
            while is_free(port):
                assert time.monotonic() < deadline, "the registry does not listen"
                time.sleep(0.02)
            yield address
        finally:
            server.terminate()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "images.lock"
    path.write_text(EARLIER)
    return path


def _push(crane: Path, image: Image, directory: Path) -> None:
    """Push an image that holds one file: its own name."""
    content, layer = str(image).encode(), directory / "layer.tar"
    with tarfile.open(layer, "w") as archive:
        entry = tarfile.TarInfo("name")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    _run(crane, "append", "--new_layer", str(layer), "--new_tag", str(image))


def _run(crane: Path, *arguments: str) -> bytes:
    return subprocess.run([crane, *arguments], check=True, capture_output=True).stdout


def _manifest_digest(crane: Path, image: Image) -> str:
    return f"sha256:{hashlib.sha256(_run(crane, 'manifest', str(image))).hexdigest()}"


def test_every_image_is_locked_to_what_the_registry_has(registry: str, crane: Path, lock: Path) -> None:
    images = [Image(registry=registry, repository="models/server", tag=tag) for tag in ("2.0", "1.0")]
    for image in images:
        _push(crane, image, lock.parent)
    messages: list[str] = []
    lock_images([*images, images[0]], lock, crane, messages.append)
    assert read_lock(lock) == {str(image): _manifest_digest(crane, image) for image in images}
    entries = json.loads(lock.read_text())
    assert list(entries) == sorted(entries)
    assert {entry["source"] for entry in entries.values()} == {"registry"}
    assert messages == [f"resolving the digest of {image}" for image in images]


def test_an_image_for_several_platforms_is_locked_to_its_index(registry: str, crane: Path, lock: Path) -> None:
    part, whole = (Image(registry=registry, repository="server", tag=tag) for tag in ("amd64", "all"))
    _push(crane, part, lock.parent)
    _run(crane, "index", "append", "--manifest", str(part), "--tag", str(whole))
    lock_images([whole], lock, crane, _silent)
    assert "manifests" in json.loads(_run(crane, "manifest", str(whole)))
    assert read_lock(lock) == {str(whole): _manifest_digest(crane, whole)}


def test_locking_again_writes_the_same_file(registry: str, crane: Path, lock: Path) -> None:
    image = Image(registry=registry, repository="server", tag="1.0")
    _push(crane, image, lock.parent)
    lock_images([image], lock, crane, _silent)
    first = lock.read_bytes()
    lock_images([image], lock, crane, _silent)
    assert lock.read_bytes() == first


def test_one_unknown_image_leaves_the_file_as_it_was(registry: str, crane: Path, lock: Path) -> None:
    known, unknown = (Image(registry=registry, repository="server", tag=tag) for tag in ("1.0", "9.9"))
    _push(crane, known, lock.parent)
    with pytest.raises(SandboxError) as refusal:
        lock_images([known, unknown], lock, crane, _silent)
    assert str(unknown) in refusal.value.message
    assert "MANIFEST_UNKNOWN" in refusal.value.message
    assert lock.read_text() == EARLIER


def test_a_registry_that_does_not_answer_in_time(crane: Path, lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = lock.with_name("slow")
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o700)
    monkeypatch.setattr(image_lock, "RESPONSE_SECONDS", 0.2)
    with pytest.raises(SandboxError, match=r"registry\.example did not respond"):
        lock_images([Image(registry="registry.example", repository="a", tag="1")], lock, slow, _silent)
    assert lock.read_text() == EARLIER


def test_the_command_without_a_registry_is_one_error(
    crane: Path, lock: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    image = Image(registry=f"{LOOPBACK}:{free_ports(1)[0]}", repository="server", tag="1.0")
    monkeypatch.setattr(image_lock, "locked_images", lambda: (image,))
    monkeypatch.setattr(image_lock, "IMAGE_LOCK", lock)
    with pytest.raises(SystemExit) as end:
        image_lock.main()
    assert end.value.code == FAILED
    *_, reason, remedy = capsys.readouterr().err.splitlines()
    assert reason.startswith(f"error: cannot resolve the digest of {image}: ")
    assert "connection refused" in reason
    assert image.registry in remedy
    assert lock.read_text() == EARLIER


def test_the_command_writes_the_lock(
    registry: str, crane: Path, lock: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    image = Image(registry=registry, repository="server", tag="1.0")
    _push(crane, image, lock.parent)
    monkeypatch.setattr(image_lock, "locked_images", lambda: (image,))
    monkeypatch.setattr(image_lock, "IMAGE_LOCK", lock)
    image_lock.main()
    assert read_lock(lock).keys() == {str(image)}
    assert capsys.readouterr().err.endswith("wrote images.lock\n")
