"""Results that are made once and kept: by one process at a time, and complete or not there at all."""

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from inferencectl.sandbox.toolchain import toolchain
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

LOCK_POLL_SECONDS = 0.2
MIB = 1024 * 1024


def cache_directory() -> Path:
    """The directory of images and what they are made of: among the built tools, shared by all sandboxes."""
    return toolchain.cache_directory() / "images"


def cached(
    target: Path, make: Callable[[Path], None], progress: Callable[[str], None], *, subject: str, disk_mib: int
) -> Path:
    """Returns the directory `target`, which `make` fills under another name first, if it does not exist yet.

    Of several processes that need the same directory, one makes it and the others wait. Whatever ends `make`, nothing
    incomplete stays.

    Raises:
        SandboxError: the cache is not writable, or less than `disk_mib` of its file system is free; and what `make`
            raises.
    """
    if target.is_dir():
        return target
    partial = target.with_name(f"{target.name}.partial")
    with _lock(target, progress, subject):
        # Checked again: another process may have made it while this one waited for the lock.
        if target.is_dir():
            return target
        _check_disk(target.parent, subject, disk_mib)
        _remove_rests(target.parent)
        started = time.monotonic()
        progress(f"making {subject}")
        try:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            make(partial)
            partial.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        progress(f"made {subject} in {time.monotonic() - started:.0f} s")
    return target


@contextlib.contextmanager
def _lock(target: Path, progress: Callable[[str], None], subject: str) -> Iterator[None]:
    directory = target.parent / "locks"
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = "set XDG_CACHE_HOME to a writable directory"
        raise SandboxError(
            f"cannot create the cache {directory}: {error.strerror}", remedy, exit_code=BAD_INPUT
        ) from error
    lock = _lock_of(target)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress(f"another process is making {subject}: waiting for it")
        lock.acquire(poll_interval=LOCK_POLL_SECONDS)
    try:
        yield
    finally:
        lock.release()


def _remove_rests(directory: Path) -> None:
    """Removes what attempts left that were killed: the lock of such a one is free."""
    for partial in directory.glob("*.partial"):
        with contextlib.suppress(Timeout), _lock_of(partial.with_suffix("")).acquire(timeout=0):
            shutil.rmtree(partial, ignore_errors=True)


def _lock_of(target: Path) -> FileLock:
    return FileLock(target.parent / "locks" / f"{target.name}.lock")


def _check_disk(directory: Path, subject: str, disk_mib: int) -> None:
    free_mib = shutil.disk_usage(directory).free // MIB
    if free_mib < disk_mib:
        raise SandboxError(
            f"not enough disk space to make {subject}: {directory} has {free_mib} MiB free, {disk_mib} MiB are needed",
            "free up space there, or set XDG_CACHE_HOME to a directory with more space",
            exit_code=BAD_INPUT,
        )
