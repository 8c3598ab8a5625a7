"""``python -m benchmarks.clean_up CHECKOUT STACK``: remove a benchmark's copy of the checkout, and what runs of it.

It waits for the end of its standard input, which the benchmark holds: that comes however the benchmark ends, killed or
not. One way to clean up, which is therefore tried by every run.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from inferencectl.workspace.project import Project

LOG = "down.log"


def main(checkout: Path, stack: str) -> int:
    """Return the exit code of `down`; what it could not remove stays, beside what it said in `down.log`."""
    sys.stdin.buffer.read()
    code = 0
    if Project(checkout).cluster_directory(stack).exists():
        command = [sys.executable, "-m", "inferencectl", "down", "--stack", stack]
        # The terminal or pipe of a benchmark that was killed may be gone.
        with (checkout / LOG).open("wb") as log:
            code = subprocess.run(command, cwd=checkout, check=False, stdout=log, stderr=log).returncode
    if code == 0:
        shutil.rmtree(checkout)
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
