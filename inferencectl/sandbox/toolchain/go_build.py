"""One run of `go build`: followed with progress, and ended when the build is cancelled."""

import contextlib
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRESS_SECONDS = 15
POLL_SECONDS = 0.2


class BuildCancelledError(Exception):
    """The build was cancelled, by an interruption or because another build failed."""


@dataclass(frozen=True, kw_only=True)
class GoBuild:
    """The build of `subject`, such as `etcd v3.6.5`: `command`, run in `directory` with `environment`."""

    subject: str
    command: Sequence[str]
    directory: Path
    environment: Mapping[str, str]

    def run(self, progress: Callable[[str], None], cancelled: threading.Event) -> subprocess.CompletedProcess[str]:
        """Returns the exit code and the whole output; raises BuildCancelledError once `cancelled` is set."""
        with subprocess.Popen(
            self.command,
            cwd=self.directory,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                output = self._follow(process, progress, cancelled)
            finally:
                process.terminate()
        return subprocess.CompletedProcess(self.command, process.returncode, output)

    def _follow(
        self, process: subprocess.Popen[str], progress: Callable[[str], None], cancelled: threading.Event
    ) -> str:
        started = reported = time.monotonic()
        progress(f"building {self.subject}")
        while not cancelled.is_set():
            with contextlib.suppress(subprocess.TimeoutExpired):
                output, _ = process.communicate(timeout=min(POLL_SECONDS, PROGRESS_SECONDS))
                progress(f"built {self.subject} in {time.monotonic() - started:.0f} s")
                return output
            if time.monotonic() - reported >= PROGRESS_SECONDS:
                reported = time.monotonic()
                progress(f"building {self.subject}: {reported - started:.0f} s")
        raise BuildCancelledError
