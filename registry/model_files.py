"""The files of a local model directory, with their digests."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from registry.errors import RegistryError, bad_input
from registry.listing import OWN_FILES
from registry.metadata import StoredFile

Progress = Callable[[int], None]
"""Callback that receives the number of bytes processed since the previous call."""

# model-signing excludes these when it verifies, so a signature that covers them would not verify.
_RESERVED = (*OWN_FILES, ".git", ".github", ".gitignore", ".gitattributes")
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class LocalFile:
    """A file to publish: its path, its state when it was hashed, and its modification time in nanoseconds."""

    location: Path
    stored: StoredFile
    changed_ns: int

    def require_unchanged(self) -> None:
        """Check that the file is still as it was hashed.

        Raises:
            RegistryError: the file was modified or removed.
        """
        try:
            now = self.location.stat()
        except OSError:
            now = None
        if now is None or (now.st_mtime_ns, now.st_size) != (self.changed_ns, self.stored.size):
            raise RegistryError(
                f"{self.location} changed while it was being published",
                "publish again when the export is complete",
            )


def read_files(directory: Path, progress: Progress) -> Sequence[LocalFile]:
    """The files of the model in `directory`, sorted by path.

    Raises:
        RegistryError: the directory does not exist, is empty, or contains something that cannot be published.
    """
    if not directory.is_dir():
        raise bad_input(f"{directory} is not a directory", "specify the directory of the exported model")
    files = [_read(directory, path, progress) for path in sorted(_paths(directory))]
    if not files:
        raise bad_input(f"{directory} contains no files", "specify the directory of the exported model")
    return files


def _paths(directory: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(directory, onerror=_unreadable):
        here = Path(folder).relative_to(directory)
        for name in (*names, *(link for link in folders if (Path(folder) / link).is_symlink())):
            yield (here / name).as_posix()


def _unreadable(error: OSError) -> None:
    raise bad_input(f"{error.filename} cannot be read: {error.strerror}", "fix its permissions") from None


def _read(directory: Path, path: str, progress: Progress) -> LocalFile:
    location = directory / path
    _require_publishable(location, path)
    digest = hashlib.sha256()
    try:
        before = location.stat()
        with location.open("rb") as content:
            while chunk := content.read(_CHUNK_BYTES):
                digest.update(chunk)
                progress(len(chunk))
    except OSError as error:
        _unreadable(error)
        raise
    stored = StoredFile(path=path, sha256=digest.hexdigest(), size=before.st_size)
    return LocalFile(location, stored, before.st_mtime_ns)


def _require_publishable(location: Path, path: str) -> None:
    if path.partition("/")[0] in _RESERVED:
        raise bad_input(
            f"{location}: file name is reserved", "specify a directory with only the exported model, not a Git checkout"
        )
    if not path.isprintable() or "\\" in path:
        raise bad_input(f"{str(location)!r}: file name contains characters that sha256sum escapes", "rename the file")
    if not stat.S_ISREG(location.lstat().st_mode):
        raise bad_input(f"{location} is not a regular file", "replace it with a copy of the file that it points to")
