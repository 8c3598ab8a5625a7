"""A command in mount and process namespaces of its own: when it ends, nothing that it started or mounted is left."""

import contextlib
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inferencectl.workspace.errors import SandboxError

PROGRESS_SECONDS = 15
POLL_SECONDS = 0.2
LOG_TAIL_LINES = 15

# The kernel kills the whole once this process is gone, however it goes.
_ISOLATION = ("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
_ENTER = 'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done; shift; exec "$@"'


@dataclass(frozen=True, kw_only=True)
class IsolatedCommand:
    """What makes `subject`, such as `root file system of Debian bookworm`; only root may create the namespaces.

    With `cgroups`, which exist, the command is moved there and sees nothing above them.
    """

    subject: str
    command: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    cgroups: Sequence[Path] = ()

    def run(self, progress: Callable[[str], None], log: Path, remedy: str) -> None:
        """Runs the command to its end, with its output in the file `log`, which is kept only after a failure.

        Raises:
            SandboxError: the command failed; with the last lines of its output, the log's path and `remedy`.
        """
        log.parent.mkdir(exist_ok=True)
        with log.open("wb") as output:
            process = subprocess.Popen(
                self._isolated(),
                cwd=self.directory,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                self._follow(process, progress)
            except BaseException:
                log.unlink()
                raise
            finally:
                # `unshare` ignores SIGTERM while its child runs.
                process.kill()
                process.wait()
        if process.returncode != 0:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])
            raise SandboxError(f"cannot make {self.subject}:\n{tail}", f"{remedy}; the whole output is in {log}")
        log.unlink()

    def _isolated(self) -> list[str]:
        if not self.cgroups:
            return [*_ISOLATION, *self.command]
        enter = ["sh", "-c", _ENTER, "enter", *map(str, self.cgroups), "--"]
        return [*enter, *_ISOLATION, "--cgroup", *self.command]

    def _follow(self, process: subprocess.Popen[bytes], progress: Callable[[str], None]) -> None:
        started = reported = time.monotonic()
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(POLL_SECONDS)
            if time.monotonic() - reported >= PROGRESS_SECONDS:
                reported = time.monotonic()
                progress(f"making {self.subject}: {reported - started:.0f} s")
