"""k6 as a process of this machine."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inferencectl.load.load import ARGUMENTS, Load
from inferencectl.load.running import RunningLoad

_STOP_SECONDS = 10


@contextmanager
def local_load(k6: Path, load: Load, directory: Path) -> Iterator[RunningLoad]:
    """Yields the load while it runs, with its files in ``directory``; its totals are there once the context has ended.

    ``k6`` is the program. It ends by itself after the seconds of the load.
    """
    for name, text in load.files.items():
        (directory / name).write_text(text, encoding="utf-8")
    process = subprocess.Popen(
        [k6, *ARGUMENTS],
        cwd=directory,
        # Without the caller's proxies, through which the model is not reached.
        env={"HOME": str(directory), **load.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    running = RunningLoad(load.timeout_seconds)
    with process, running.reading(process.stdout or (), process.terminate):
        try:
            yield running
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
