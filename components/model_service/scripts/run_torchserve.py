"""Runs TorchServe, and ends it with the reason where the model cannot be loaded.

TorchServe starts a worker that died again and again, for ever, and says all the while that it is healthy. After a few
attempts this program stops it, writes the exception of the model's code to where the kubelet reads the reason of an
end, and ends with exit code 3: another attempt ends the same, as that code also says of the container that brings a
model (verify.sh).

Runs in the server's image, from its text. The first argument is the severity from which the model server logs; the
others are the command. What the model's code prints has severity ``info`` and is printed before a failure in any case.
SIGTERM is passed on: the kernel keeps it from the first process of a container that has no handler for it, and
TorchServe's has none.
"""

import collections
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from types import FrameType
from typing import Optional

ATTEMPTS = 3
# It waits for less than a minute before each attempt: what is further apart is another failure.
TOGETHER_SECONDS = 120
REFUSED = 3
FAILED = "Load model failed: "
PRINTED = re.compile(r"INFO  MODEL_LOG: (.*)")
EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt)\b.*")


class ModelLog:
    """What the model's code prints, of which the end is kept, and how often it could not be loaded of late."""

    def __init__(self) -> None:
        self._kept: collections.deque[str] = collections.deque(maxlen=40)
        self._failed_at: list[float] = []
        self.reason = ""

    def keep(self, line: str, printed: str) -> None:
        """Keep a line, and the text that the model's code has printed there."""
        self._kept.append(line)
        self.reason = printed if EXCEPTION.fullmatch(printed) else self.reason

    def fail(self, line: str) -> str:
        """Count a failure; returns what was kept, once."""
        now = time.monotonic()
        self._failed_at = [*(at for at in self._failed_at if at > now - TOGETHER_SECONDS), now]
        self.reason = self.reason or line[line.index(FAILED) :]
        kept = "".join(self._kept)
        self._kept.clear()
        return kept

    @property
    def is_hopeless(self) -> bool:
        """Whether the last attempts have all failed."""
        return len(self._failed_at) >= ATTEMPTS


def main() -> int:
    """Run the command; returns its exit code, or that of a model that cannot be loaded."""
    shows_all, log = sys.argv[1] == "info", ModelLog()
    server = subprocess.Popen(
        sys.argv[2:],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
        errors="replace",
    )

    def stop(_number: int = 0, _frame: Optional[FrameType] = None) -> None:  # noqa: UP045 - the image may have Python 3.9
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    for line in server.stdout or ():
        printed = PRINTED.search(line)
        if printed:
            log.keep(line, printed[1])
        if FAILED in line:
            kept = log.fail(line)
            sys.stdout.write("" if shows_all else kept)
        if shows_all or not printed:
            sys.stdout.write(line)
            sys.stdout.flush()
        if log.is_hopeless:
            stop()
    code = server.wait()
    return _refused(log.reason) if log.is_hopeless else code


def _refused(reason: str) -> int:
    text = f"the model cannot be loaded: {reason}"
    sys.stderr.write(f"{text}\n")
    with suppress(OSError), open(os.environ.get("TERMINATION_LOG", "/dev/termination-log"), "w") as told:  # noqa: PTH123
        told.write(text)
    return REFUSED


if __name__ == "__main__":
    sys.exit(main())
