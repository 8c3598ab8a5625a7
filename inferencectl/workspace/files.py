"""Writes files atomically: `kill -9` or a power cut leaves the old or the new content, never part of it."""

import errno
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from inferencectl.workspace.errors import BAD_INPUT, SandboxError


def write_atomically(path: Path, content: str | bytes, *, mode: int = 0o600) -> None:
    """Replaces the content of `path` and sets the permissions `mode`; raises OSError if it cannot be written."""
    data = content.encode() if isinstance(content, str) else content
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as temporary:
        try:
            temporary.write(data)
            temporary.flush()
            os.fchmod(temporary.fileno(), mode)
            os.fsync(temporary.fileno())
            Path(temporary.name).replace(path)
        except BaseException:
            Path(temporary.name).unlink(missing_ok=True)
            raise
    _sync_directory(path.parent)


def require_directory(directory: Path) -> None:
    """Create `directory` if it does not exist, before the work whose results it will contain.

    Raises:
        SandboxError: the directory cannot be created; with the reason.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SandboxError(
            f"{directory}: cannot be written: {error.strerror}",
            "choose a new directory, or one that you can write to",
            exit_code=BAD_INPUT,
        ) from None


def require_writable(path: Path) -> None:
    """Reject a path that `write_atomically` could not write, before the work whose result it will contain.

    Raises:
        SandboxError: the path is not writable; with the reason.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}."):
            pass
    except OSError as error:
        raise SandboxError(
            f"{path}: cannot be written: {error.strerror}",
            "choose a file in an existing directory that you can write to",
            exit_code=BAD_INPUT,
        ) from None


def _sync_directory(directory: Path) -> None:
    # The new name is durable only once the directory itself is on disk.
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
