"""Archives of images: deterministic, named, and accepted by a registry and by its client."""

import hashlib
import io
import json
import os
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inferencectl.sandbox.images.layer import write_layer
from inferencectl.sandbox.images.oci import ImageConfig, LocalImage, reference, write_archive
from inferencectl.sandbox.ports import free_ports
from scripts.image_lock import ensure_crane
from tests.waiting import soon

NAME = reference("thing", "0123456789ab")
CONFIG = ImageConfig(entrypoint=("/run", "now"), environment={"PATH": "/bin"}, user="10001:10001")


def _layer(directory: Path, text: str = "content") -> Path:
    (directory / "tree").mkdir(parents=True)
    (directory / "tree" / "file").write_text(text)
    (directory / "tree" / "__pycache__").mkdir()
    (directory / "tree" / "__pycache__" / "file.pyc").write_text(str(time.time_ns()))
    (directory / "tree" / "link").symlink_to("file")
    (directory / "program").write_text("#!/bin/sh\n")
    (directory / "program").chmod(0o700)
    write_layer(
        directory / "layer.tar",
        {"opt/tree": directory / "tree", "bin/program": directory / "program", "run": "bin/program", "inline": b"x"},
    )
    return directory / "layer.tar"


def _content(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as tar:
        stream = tar.extractfile(name)
        assert stream is not None
        return stream.read()


def _blob(archive: Path, digest: str) -> bytes:
    content = _content(archive, f"blobs/{digest.replace(':', '/')}")
    assert f"sha256:{hashlib.sha256(content).hexdigest()}" == digest
    return content


def test_the_same_files_make_the_same_archive_at_any_time_and_place(tmp_path: Path) -> None:
    archives = []
    for place in ("here", "there"):
        layer = _layer(tmp_path / place)
        os.utime(layer.with_name("program"), (0, len(place)))
        write_archive(tmp_path / f"{place}.tar", [layer], CONFIG, NAME)
        archives.append((tmp_path / f"{place}.tar").read_bytes())
    assert archives[0] == archives[1]


def test_other_files_another_start_and_another_order_make_another_digest(tmp_path: Path) -> None:
    one, two = _layer(tmp_path / "one"), _layer(tmp_path / "two", "other")
    cases = [([one], CONFIG), ([two], CONFIG), ([one], ImageConfig()), ([one, two], CONFIG), ([two, one], CONFIG)]
    digests = {write_archive(tmp_path / "image.tar", layers, config, NAME) for layers, config in cases}
    assert len(digests) == len(cases)


def test_a_layer_belongs_to_root_and_keeps_only_what_can_be_executed(tmp_path: Path) -> None:
    with tarfile.open(_layer(tmp_path / "layer")) as tar:
        entries = {entry.name: entry for entry in tar}
    assert {name: oct(entry.mode) for name, entry in entries.items()} == {
        "bin/program": "0o755",
        "inline": "0o755",
        "opt/tree": "0o755",
        "opt/tree/file": "0o644",
        "opt/tree/link": "0o777",
        "run": "0o777",
    }
    assert entries["run"].linkname == "bin/program"
    assert {(entry.uid, entry.gid, entry.mtime) for entry in entries.values()} == {(0, 0, 0)}


def test_an_archive_leads_from_its_name_to_its_layers(tmp_path: Path) -> None:
    layer, archive = _layer(tmp_path / "layer"), tmp_path / "image.tar"
    digest = write_archive(archive, [layer, layer], CONFIG, NAME)
    assert json.loads(_content(archive, "oci-layout")) == {"imageLayoutVersion": "1.0.0"}
    (entry,) = json.loads(_content(archive, "index.json"))["manifests"]
    assert entry["digest"] == digest
    assert entry["annotations"]["io.containerd.image.name"] == NAME == "inference.local/thing:0123456789ab"
    manifest = json.loads(_blob(archive, digest))
    config = json.loads(_blob(archive, manifest["config"]["digest"]))
    assert config["config"] == {"Entrypoint": ["/run", "now"], "Env": ["PATH=/bin"], "User": "10001:10001"}
    assert [each["digest"] for each in manifest["layers"]] == config["rootfs"]["diff_ids"]
    assert [_blob(archive, each["digest"]) for each in manifest["layers"]] == [layer.read_bytes()] * 2
    image = LocalImage(reference=NAME, digest=digest, archive=archive)
    assert image.pinned == f"{NAME}@{digest}"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """crane, and the address of a registry that it serves."""
    crane = ensure_crane(lambda _message: None)
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    with subprocess.Popen([crane, "registry", "serve", "--address", address], stderr=subprocess.DEVNULL) as process:
        soon(lambda: subprocess.run([crane, "catalog", address], check=False, capture_output=True).returncode == 0)
        yield crane, address
        process.terminate()


def test_a_registry_takes_the_image_and_its_client_reads_the_files(tmp_path: Path, registry: tuple[Path, str]) -> None:
    crane, address = registry
    digest = write_archive(tmp_path / "image.tar", [_layer(tmp_path / "layer")], CONFIG, NAME)
    (tmp_path / "layout").mkdir()
    subprocess.run(["tar", "-x", "-f", tmp_path / "image.tar", "-C", tmp_path / "layout"], check=True)
    pushed = f"{address}/thing:latest"
    subprocess.run([crane, "push", tmp_path / "layout", pushed], check=True, capture_output=True)
    assert (
        subprocess.run([crane, "digest", pushed], check=True, capture_output=True, text=True).stdout.strip() == digest
    )
    # Not `crane validate`, which takes every layer for a compressed one.
    exported = subprocess.run([crane, "export", pushed, "-"], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(exported)) as tar:
        assert {"bin/program", "opt/tree/file", "run"} <= set(tar.getnames())
