"""Layers of an image, as uncompressed tar files whose digest depends on their contents alone."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

EXECUTABLE = 0o755
READABLE = 0o644


def write_layer(layer: Path, contents: Mapping[str, Path | str | bytes]) -> None:
    """Writes a layer in which each path without its leading slash leads to what is given for it.

    That is a copy of the file or directory at a `Path`, a symbolic link to a `str`, or an executable file with these
    `bytes`. Everything belongs to root, whoever made it and whenever; modes are reduced to 0755 and 0644.
    """
    with tarfile.open(layer, "w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in sorted(contents.items()):
            if isinstance(content, str):
                _add_link(tar, name, content)
            elif isinstance(content, bytes):
                entry = _entry(name, EXECUTABLE)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
            else:
                _add_tree(tar, name, content)


def _add_tree(tar: tarfile.TarFile, name: str, path: Path) -> None:
    if path.is_symlink():
        _add_link(tar, name, str(path.readlink()))
    elif path.is_dir():
        entry = _entry(name, EXECUTABLE)
        entry.type = tarfile.DIRTYPE
        tar.addfile(entry)
        # Compiled Python names the time of its source.
        for child in sorted(child for child in path.iterdir() if child.name != "__pycache__"):
            _add_tree(tar, f"{name}/{child.name}", child)
    else:
        entry = _entry(name, EXECUTABLE if path.stat().st_mode & 0o100 else READABLE)
        entry.size = path.stat().st_size
        with path.open("rb") as stream:
            tar.addfile(entry, stream)


def _add_link(tar: tarfile.TarFile, name: str, target: str) -> None:
    entry = _entry(name, 0o777)
    entry.type = tarfile.SYMTYPE
    entry.linkname = target
    tar.addfile(entry)


def _entry(name: str, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.mode = mode
    return entry
