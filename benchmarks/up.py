"""How long does it take to deploy the dev stack when all tools are built, and to redeploy it without changes?"""

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
FILES = ("Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py", "versions.py", "images.lock")
PACKAGES = ("cluster", "components", "policies", "inferencectl", "settings")
NEW_SECONDS = 60.0
UNCHANGED_SECONDS = 15.0


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Deploy the dev stack twice from a copy of the checkout."""
    toolchain.ensure(progress)
    with _copied_checkout() as checkout:
        try:
            progress("deploying the dev stack to a new cluster")
            first = _run(checkout, "up")
            progress("deploying it again")
            second = _run(checkout, "up")
        finally:
            _run(checkout, "down")
    yield Figure(name="make up of dev to a new cluster", value=first, bound=NEW_SECONDS, unit="s", detail="one run")
    yield Figure(
        name="make up of dev without changes", value=second, bound=UNCHANGED_SECONDS, unit="s", detail="one run"
    )


@contextmanager
def _copied_checkout() -> Iterator[Path]:
    """A copy of the checkout, so that the user's sandbox keeps running."""
    with TemporaryDirectory() as directory:
        for file in FILES:
            shutil.copy(ROOT / file, directory)
        for package in PACKAGES:
            shutil.copytree(ROOT / package, Path(directory, package), ignore=shutil.ignore_patterns("__pycache__"))
        yield Path(directory)


def _run(checkout: Path, command: str) -> float:
    """Run a command and return the time it took in seconds."""
    arguments = [command, "--stack", "dev", *(["--engine", "deployer"] if command == "up" else [])]
    started = time.monotonic()
    subprocess.run([sys.executable, "-m", "inferencectl", *arguments], cwd=checkout, check=True, capture_output=True)
    return time.monotonic() - started
