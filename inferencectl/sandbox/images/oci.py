"""OCI archives: layers and a configuration in, one file out that any container engine loads.

The same layers and configuration always make the same digest: nothing of the time or the machine is written. The
form is that of https://github.com/opencontainers/image-spec (image-layout, manifest, config).
"""

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REGISTRY = "inference.local"
"""The host in the names of images that are made on the machine; no registry has it, and nothing is pulled from it."""

CHUNK_BYTES = 1024 * 1024
_TYPE = "application/vnd.oci.image"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True, kw_only=True)
class LocalImage:
    """An image that was made on the machine: `inference.local/NAME:KEY`, the manifest's digest, and the archive."""

    reference: str
    digest: str
    archive: Path

    @property
    def pinned(self) -> str:
        """What a pod names: reference and digest."""
        return f"{self.reference}@{self.digest}"

    @property
    def by_digest(self) -> str:
        """What a node seeks for `pinned`: the digest without the tag."""
        return f"{self.reference.rpartition(':')[0]}@{self.digest}"


@dataclass(frozen=True, kw_only=True)
class ImageConfig:
    """How a container of the image starts; `user` is a number or `uid:gid`."""

    entrypoint: Sequence[str] = ()
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def document(self) -> dict[str, Any]:
        """The object `config` of the image's configuration, without empty fields."""
        fields = {
            "Entrypoint": list(self.entrypoint),
            "Cmd": list(self.command),
            "Env": [f"{name}={value}" for name, value in self.environment.items()],
            "User": self.user,
            "Labels": dict(self.labels),
        }
        return {name: value for name, value in fields.items() if value}


def architecture() -> str:
    """This machine's architecture in the words of OCI."""
    machine = platform.machine()
    return _ARCHITECTURES.get(machine, machine)


def reference(name: str, key: str) -> str:
    """The name of the image `name` with the contents `key`."""
    return f"{REGISTRY}/{name}:{key}"


def write_archive(archive: Path, layers: Sequence[Path], config: ImageConfig, name: str) -> str:
    """Writes an archive of the uncompressed tar files `layers`, lowest first, and returns the manifest's digest.

    `name` is a whole reference, under which containerd and Docker import it.
    """
    described = [_described(layer) for layer in layers]
    image = {
        "architecture": architecture(),
        "os": "linux",
        "config": config.document,
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in described]},
    }
    blobs: dict[str, bytes] = {}
    manifest = _put(
        blobs,
        f"{_TYPE}.manifest.v1+json",
        {
            "schemaVersion": 2,
            "mediaType": f"{_TYPE}.manifest.v1+json",
            "config": _put(blobs, f"{_TYPE}.config.v1+json", image),
            "layers": described,
        },
    )
    # containerd reads the first annotation, other tools the second.
    annotations = {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": name}
    index = {
        "schemaVersion": 2,
        "mediaType": f"{_TYPE}.index.v1+json",
        "manifests": [{**manifest, "annotations": annotations}],
    }
    with tarfile.open(archive, "w", format=tarfile.USTAR_FORMAT) as tar:
        _add(tar, "oci-layout", _json({"imageLayoutVersion": "1.0.0"}))
        _add(tar, "index.json", _json(index))
        for digest, content in blobs.items():
            _add(tar, _path(digest), content)
        for digest, layer in sorted(dict(zip((each["digest"] for each in described), layers, strict=True)).items()):
            _add_file(tar, _path(digest), layer)
    return manifest["digest"]


def _described(layer: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    with layer.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
    return _descriptor(f"{_TYPE}.layer.v1.tar", f"sha256:{digest.hexdigest()}", layer.stat().st_size)


def _put(blobs: dict[str, bytes], media_type: str, document: object) -> dict[str, Any]:
    content = _json(document)
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    blobs[digest] = content
    return _descriptor(media_type, digest, len(content))


def _descriptor(media_type: str, digest: str, size: int) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest, "size": size}


def _path(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _json(document: object) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))


def _add_file(tar: tarfile.TarFile, name: str, file: Path) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = file.stat().st_size
    with file.open("rb") as stream:
        tar.addfile(entry, stream)
