"""One deployment of a stack at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inferencectl.workspace.errors import SandboxError


@contextmanager
def deployment_lock(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, which is made where it is missing.

    The lock is the kernel's: it ends with the process that holds it, however that ends.

    Raises:
        SandboxError: another process holds it; the error names that process.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise SandboxError(
                f"{path}: another deployment of this stack is running (process {holder})",
                "wait until it has ended, or stop that process; the lock ends with it",
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
