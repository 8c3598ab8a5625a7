"""One deployment of a stack at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from inferencectl.workspace.errors import SandboxError
from settings.validation.words import shown_path


@contextmanager
def deployment_lock(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, which is created where it is missing and contains the holder's process id.

    The kernel releases the lock when the holding process ends, however it ends.

    Raises:
        SandboxError: another process holds the lock; the error names that process.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A hook on the locked file also rules out filelock's fallback to a lock that would outlive its process.
    lock = FileLock(path, blocking=False, on_acquired=_write_process_id)
    try:
        held = lock.acquire()
    except Timeout:
        holder = path.read_text(encoding="ascii").strip() or "unknown"
        raise SandboxError(
            f"{shown_path(path)}: another deployment of this stack is running (process {holder})",
            "wait until it has finished, or stop that process, which releases the lock",
        ) from None
    with held:
        yield


def _write_process_id(lock_file: int) -> None:
    os.ftruncate(lock_file, 0)
    os.write(lock_file, str(os.getpid()).encode("ascii"))
