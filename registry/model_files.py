"""The files of a model in a directory, with their digests."""

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
"""Is told each time how many bytes more have been worked on."""

# The verifier of model-signing leaves these out of what it hashes, so a signature that names them fails with it.
_RESERVED = (*OWN_FILES, ".git", ".github", ".gitignore", ".gitattributes")
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class LocalFile:
    """A file that is being published: where it lies, what it was when it was read, and its time of change (ns)."""

    location: Path
    stored: StoredFile
    changed_ns: int

    def require_unchanged(self) -> None:
        """Refuse a file that is no longer what was hashed.

        Raises:
            RegistryError: it was written to, or removed.
        """
        try:
            now = self.location.stat()
        except OSError:
            now = None
        if now is None or (now.st_mtime_ns, now.st_size) != (self.changed_ns, self.stored.size):
            raise RegistryError(
                f"{self.location} changed while it was being published",
                "nothing is published; publish again when the export has ended",
            )


def read_files(directory: Path, progress: Progress) -> Sequence[LocalFile]:
    """Every file of the model in `directory`, in the order of the paths.

    Raises:
        RegistryError: there is no such directory, it is empty, or it holds what cannot be published.
    """
    if not directory.is_dir():
        raise bad_input(f"{directory} is no directory", "name the directory of the exported model")
    files = [_read(directory, path, progress) for path in sorted(_paths(directory))]
    if not files:
        raise bad_input(f"{directory} holds no file", "name the directory of the exported model")
    return files


def _paths(directory: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(directory, onerror=_unreadable):
        here = Path(folder).relative_to(directory)
        for name in (*names, *(link for link in folders if (Path(folder) / link).is_symlink())):
            yield (here / name).as_posix()


def _unreadable(error: OSError) -> None:
    raise bad_input(f"{error.filename} cannot be read: {error.strerror}", "correct its permissions") from None


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
            f"{location}: the name is reserved", "publish the exported model alone, not a published or a Git folder"
        )
    if not path.isprintable() or "\\" in path:
        raise bad_input(f"{str(location)!r}: sha256sum writes such a name in another form", "rename the file")
    if not stat.S_ISREG(location.lstat().st_mode):
        raise bad_input(f"{location} is no regular file", "object storage has no links or devices: copy the file there")
