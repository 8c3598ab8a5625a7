"""Builds several tools side by side; of several processes that need the same tool, one builds it."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from inferencectl.sandbox.toolchain.build_cache import BuildCache, build_cache
from inferencectl.sandbox.toolchain.go_build import BuildCancelledError
from inferencectl.sandbox.toolchain.go_tool import GoTool
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

BUILD_BYTES = 5 * 1024**3
"""Memory that the Go compiler takes for the largest packages of a tool, with two of them compiled at a time."""

MOST_BUILDS_AT_ONCE = 2
LOCK_POLL_SECONDS = 0.2


def build_missing(tools: Sequence[GoTool], cache: Path, progress: Callable[[str], None]) -> None:
    """Builds the `tools` that are missing in `cache`, two at a time where there is memory for it.

    What they have in common is compiled once, so that the tools of one call are built faster than one by one. Of
    several processes that need the same tool, one builds it and the others wait. After a failure or an interruption no
    further build starts, and those that are running are ended.

    Raises:
        SandboxError: the disk is too full, the cache is not writable, no Go is available, or a build fails.
    """
    missing = [tool for tool in tools if not tool.is_cached(cache)]
    if not missing:
        return
    for tool in missing:
        tool.check_disk(cache)
    _make_directory(cache)
    with build_cache(cache) as compiled:
        _build_all(missing, cache, compiled, progress)


def _build_all(tools: Sequence[GoTool], cache: Path, compiled: BuildCache, progress: Callable[[str], None]) -> None:
    cancelled = threading.Event()
    with ThreadPoolExecutor(_builds_at_once()) as pool:
        builds = [pool.submit(_build, tool, cache, compiled, progress, cancelled) for tool in tools]
        try:
            wait(builds, return_when=FIRST_EXCEPTION)
        finally:
            cancelled.set()
            pool.shutdown(cancel_futures=True)
    errors = [error for build in builds if not build.cancelled() and (error := build.exception())]
    # What failed, not what was cancelled because of it; of several, the tool that was asked for first.
    if errors:
        raise min(errors, key=lambda error: isinstance(error, BuildCancelledError))


def _build(
    tool: GoTool, cache: Path, compiled: BuildCache, progress: Callable[[str], None], cancelled: threading.Event
) -> None:
    with _lock(tool, cache, progress, cancelled):
        # Checked again: another process may have built it while this one waited for the lock.
        if tool.is_cached(cache) or cancelled.is_set():
            return
        try:
            with compiled.folder() as folder:
                tool.build(cache, folder, progress, cancelled)
        except SandboxError:
            # Here, before this thread takes the next tool.
            cancelled.set()
            raise


@contextlib.contextmanager
def _lock(tool: GoTool, cache: Path, progress: Callable[[str], None], cancelled: threading.Event) -> Iterator[None]:
    lock = FileLock(cache / "locks" / f"{tool.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress(f"another process is building {tool.name}: waiting for it")
        while not lock.is_locked and not cancelled.is_set():
            with contextlib.suppress(Timeout):
                lock.acquire(timeout=LOCK_POLL_SECONDS)
    try:
        yield
    finally:
        lock.release()


def _builds_at_once() -> int:
    by_memory = psutil.virtual_memory().available // BUILD_BYTES
    return max(1, min(MOST_BUILDS_AT_ONCE, by_memory))


def _make_directory(cache: Path) -> None:
    try:
        (cache / "locks").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = "set XDG_CACHE_HOME to a writable directory"
        raise SandboxError(f"cannot create the cache {cache}: {error.strerror}", remedy, exit_code=BAD_INPUT) from error
