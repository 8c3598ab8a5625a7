"""Go's build cache: shared by the tools that one command builds, and gone with them."""

import contextlib
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout


@contextlib.contextmanager
def build_cache(cache: Path) -> Iterator[Path]:
    """A directory below `cache` in which no other process builds meanwhile.

    It grows to gigabytes, so it is deleted at the end. After an interruption it is kept, so that the next command
    continues there.
    """
    number, lock = _free_lock(cache / "locks")
    directory, kept = cache / "go-build" / str(number), False
    try:
        yield directory
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
