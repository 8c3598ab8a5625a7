"""A running OpenSearch, on free ports of the loopback interface."""

import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox.ports import free_ports
from inferencectl.sandbox.search_engine.files import VERSION, search_engine_files
from inferencectl.workspace.errors import SandboxError

_DESCRIPTOR = f"""\
name=reindex
description=Deletes by query
version={VERSION}
opensearch.version={VERSION}
java.version=11
classname=org.opensearch.index.reindex.ReindexPlugin
"""
_NOBODY = 65534
_JAVA = "-Xms512m -Xmx512m -XX:TieredStopAtLevel=1"
"""A small heap, and code that is compiled quickly rather than well: it runs for minutes."""
_START_SECONDS = 300
_POLL_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True)
class SearchEngine:
    """A running one; ``snapshots`` is where repositories of snapshots may lie."""

    url: str
    snapshots: Path


@contextmanager
def search_engine(progress: Callable[[str], None]) -> Iterator[SearchEngine]:
    """Start one that ends with this process, also if that is killed.

    Raises:
        SandboxError: it cannot be had, or does not start.
    """
    # Not below the home directory of root: it runs as a user who may not enter that.
    with tempfile.TemporaryDirectory(prefix="search-engine-", ignore_cleanup_errors=True) as directory:
        home = _unpacked(Path(directory), search_engine_files(progress))
        port, internal = free_ports(2)
        snapshots = home / "snapshots"
        (home / "config" / "opensearch.yml").write_text(
            f"http.port: {port}\ntransport.port: {internal}\nnetwork.host: 127.0.0.1\n"
            f"discovery.type: single-node\npath.repo: {snapshots}\n"
            "cluster.routing.allocation.disk.threshold_enabled: false\n"
        )
        log = home / "output.log"
        with log.open("wb") as output, _started(home, output.fileno()) as process:
            try:
                url = f"http://127.0.0.1:{port}"
                _wait_until_ready(url, process, log)
                yield SearchEngine(url=url, snapshots=snapshots)
            finally:
                process.kill()


def _unpacked(directory: Path, files: Path) -> Path:
    directory.chmod(0o755)
    with zipfile.ZipFile(next(files.glob("*.zip"))) as archive:
        archive.extractall(directory)
    home = directory / f"opensearch-{VERSION}"
    module = home / "modules" / "reindex"
    for new in (module, home / "snapshots", home / "temporary"):
        new.mkdir()
    for jar in files.glob("*.jar"):
        shutil.copy(jar, module)
    (module / "plugin-descriptor.properties").write_text(_DESCRIPTOR)
    for program in (home / "bin").iterdir():
        program.chmod(0o755)
    if os.geteuid() == 0:
        for each in (directory, *directory.rglob("*")):
            os.chown(each, _NOBODY, _NOBODY)
    return home


def _started(home: Path, output: int) -> subprocess.Popen[bytes]:
    # It refuses to run as root.
    user = [f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []
    java = Path(shutil.which("java") or "").resolve().parents[1]
    return subprocess.Popen(
        ["setpriv", *user, "--pdeathsig", "KILL", str(home / "bin" / "opensearch")],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "OPENSEARCH_JAVA_HOME": str(java),
            "OPENSEARCH_JAVA_OPTS": _JAVA,
            "OPENSEARCH_TMPDIR": str(home / "temporary"),
        },
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
    )


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > deadline:
            last = (log.read_text(errors="replace").strip().splitlines() or ["it has written nothing"])[-1]
            raise SandboxError(f"OpenSearch has not started: {last}", "check that 1 GiB of memory is free")
        time.sleep(_POLL_SECONDS)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_cluster/health", timeout=5) as reply:  # noqa: S310 - on this machine
            return reply.status == 200
    except (OSError, urllib.error.URLError):
        return False
