"""The store with its models inside, as an image: for nodes that share no directory with this machine."""

import hashlib
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox.images.bases import STORE
from inferencectl.sandbox.images.image import write_image
from inferencectl.sandbox.images.layer import EXECUTABLE, READABLE
from inferencectl.sandbox.images.oci import reference

DATA = "data"
"""The path of the buckets in the image, without its leading slash."""

_TEMPORARY = ".sgwtmp"
_ATTRIBUTES = "user."
_ATTRIBUTE_HEADER = "SCHILY.xattr."
"""How a tar file has extended attributes: https://github.com/opencontainers/image-spec/blob/main/layer.md."""


@dataclass(frozen=True, kw_only=True)
class StoreImage:
    """The recipe of the image `store-with-models`, with the buckets in the directory `data` as they are now."""

    data: Path

    name = "store-with-models"
    disk_mib = 500

    @property
    def key(self) -> str:
        """See `Recipe`."""
        listed = [
            [name, _attributes(path), hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None]
            for name, path in _entries(self.data)
        ]
        code = Path(__file__).read_text(encoding="utf-8")
        return hashlib.sha256(json.dumps([STORE.key, listed, code]).encode()).hexdigest()[:12]

    def write(self, directory: Path, cache: Path, progress: Callable[[str], None]) -> str:
        """See `Recipe`."""
        layers = [*STORE.layers(directory, cache, progress), directory / "models.tar"]
        _write_layer(layers[-1], self.data)
        return write_image(directory, layers, STORE.config, reference(self.name, self.key))


def _write_layer(layer: Path, data: Path) -> None:
    with tarfile.open(layer, "w", format=tarfile.PAX_FORMAT) as tar:
        for name, path in _entries(data):
            entry = tarfile.TarInfo(name)
            entry.pax_headers = {f"{_ATTRIBUTE_HEADER}{key}": value for key, value in _attributes(path).items()}
            if path.is_dir():
                entry.type, entry.mode = tarfile.DIRTYPE, EXECUTABLE
                tar.addfile(entry)
            else:
                entry.size, entry.mode = path.stat().st_size, READABLE
                with path.open("rb") as stream:
                    tar.addfile(entry, stream)


def _entries(data: Path) -> Iterator[tuple[str, Path]]:
    """Path in the image and on this machine of everything in the buckets but uploads under way, sorted."""
    for path in (data, *sorted(data.rglob("*"))):
        below = path.relative_to(data)
        if _TEMPORARY not in below.parts:
            yield str(Path(DATA) / below), path


def _attributes(path: Path) -> dict[str, str]:
    """What the store keeps beside an object's content."""
    names = sorted(name for name in os.listxattr(path) if name.startswith(_ATTRIBUTES))
    return {name: os.getxattr(path, name).decode("utf-8", "surrogateescape") for name in names}
