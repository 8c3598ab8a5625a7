"""How long does it take to bring the dev stack up with all tools built, and how long when nothing has changed?"""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figure import Figure
from inferencectl.sandbox.toolchain import toolchain

ROOT = Path(__file__).parent.parent
PARTS = ("Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py", "versions.py", "images.lock")
ROOMS = ("cluster", "components", "policies", "inferencectl", "settings")
NEW_SECONDS = 60.0
UNCHANGED_SECONDS = 15.0


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Deploy the dev stack of a copy of the checkout, twice."""
    toolchain.ensure(progress)
    with _copied_checkout() as checkout:
        try:
            progress("bringing the dev stack up, without a cluster at first")
            first = _run(checkout, "up")
            progress("bringing it up again")
            second = _run(checkout, "up")
        finally:
            _run(checkout, "down")
    yield Figure(name="up of dev, no cluster running", value=first, bound=NEW_SECONDS, unit="s", detail="one run")
    yield Figure(name="up of dev, nothing changed", value=second, bound=UNCHANGED_SECONDS, unit="s", detail="one run")


@contextmanager
def _copied_checkout() -> Iterator[Path]:
    """A checkout of its own, so that a sandbox of the user's keeps running."""
    with TemporaryDirectory() as directory:
        for part in PARTS:
            shutil.copy(ROOT / part, directory)
        for room in ROOMS:
            shutil.copytree(ROOT / room, Path(directory, room), ignore=shutil.ignore_patterns("__pycache__"))
        yield Path(directory)


def _run(checkout: Path, command: str) -> float:
    """Run a command of the sandbox and return its time in seconds."""
    arguments = [command, "--stack", "dev", *(["--engine", "deployer"] if command == "up" else [])]
    started = time.monotonic()
    subprocess.run([sys.executable, "-m", "inferencectl", *arguments], cwd=checkout, check=True, capture_output=True)
    return time.monotonic() - started
