"""Go's build cache: shared by the tools that one command builds, and gone with them."""

import contextlib
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout

MOST_BYTES = 6 * 1024**3
"""What the cache may hold when a build begins; what the control plane and a real node have in common fits into it."""

LEAST_FREE_BYTES = 24 * 1024**3
"""With this left on the disk, the cache may hold more: a build that follows finds more of what it needs."""


class BuildCache:
    """The cache of one command in `directory`, a folder at a time: after one that is too large, the next is used."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._number = 0
        self._users: Counter[int] = Counter()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def folder(self) -> Iterator[Path]:
        """The folder for one build."""
        with self._lock:
            number = self._number
            self._users[number] += 1
        try:
            yield self._directory / str(number)
        finally:
            with self._lock:
                self._users[number] -= 1
                self._renew(number)

    def _renew(self, number: int) -> None:
        folder = self._directory / str(number)
        if number == self._number and _is_too_large(folder):
            self._number += 1
        if number != self._number and not self._users[number]:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def build_cache(cache: Path) -> Iterator[BuildCache]:
    """A build cache below `cache` that no other process uses meanwhile, deleted at the end.

    After an interruption it is kept, so that the next command continues there.
    """
    number, lock = _free_lock(cache / "locks")
    directory, kept = cache / "go-build" / str(number), False
    try:
        yield BuildCache(directory)
    except KeyboardInterrupt:
        kept = True
        raise
    finally:
        if not kept:
            shutil.rmtree(directory, ignore_errors=True)
        lock.release()


def _free_lock(locks: Path) -> tuple[int, FileLock]:
    for number in count():
        lock = FileLock(locks / f"go-build-{number}.lock")
        with contextlib.suppress(Timeout):
            lock.acquire(timeout=0)
            return number, lock
    raise AssertionError


def _is_too_large(folder: Path) -> bool:
    if not folder.exists() or shutil.disk_usage(folder).free >= LEAST_FREE_BYTES:
        return False
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) > MOST_BYTES
