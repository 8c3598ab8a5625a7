"""OpenSearch's small distribution from Maven, with the module that deletes by query."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from inferencectl.sandbox.images.cached import cached
from inferencectl.sandbox.toolchain.toolchain import cache_directory
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

VERSION = "2.19.4"
ARTIFACTS = Path(__file__).with_name("artifacts.txt")
COMMANDS = ("java", "mvn", "setpriv")

_REMEDY = "check that mvn reaches a registry, and see its message"
_SECONDS = 300
_DISK_MIB = 300


def why_no_search_engine() -> str:
    """What this machine lacks for one; empty where it lacks nothing."""
    missing = [command for command in COMMANDS if shutil.which(command) is None]
    return f"no search engine can be started without {', '.join(missing)}" if missing else ""


def search_engine_files(progress: Callable[[str], None]) -> Path:
    """The folder with what is taken from Maven, fetched once.

    Raises:
        SandboxError: this machine lacks a command, Maven fails, or a file is not the one that is pinned.
    """
    if reason := why_no_search_engine():
        raise SandboxError(reason, "install a Java of version 17 or newer, Maven and util-linux", exit_code=BAD_INPUT)
    digest = hashlib.sha256(ARTIFACTS.read_bytes()).hexdigest()[:12]
    target = cache_directory() / f"opensearch-{VERSION}-{digest}"
    return cached(target, _fetch, progress, subject=f"a copy of OpenSearch {VERSION}", disk_mib=_DISK_MIB)


def _artifacts() -> Iterator[tuple[str, str]]:
    lines = (line.split() for line in ARTIFACTS.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return ((artifact, digest) for digest, artifact in lines)


def _fetch(partial: Path) -> None:
    local = partial / "repository"
    for artifact, expected in _artifacts():
        command = ["mvn", "--quiet", "--batch-mode", "dependency:get", "-Dtransitive=false", f"-Dartifact={artifact}"]
        result = subprocess.run(
            [*command, f"-Dmaven.repo.local={local}"], check=False, capture_output=True, text=True, timeout=_SECONDS
        )
        if result.returncode != 0:
            detail = (result.stdout.strip().splitlines() or ["no reason given"])[0]
            raise SandboxError(f"mvn cannot fetch {artifact}: {detail}", _REMEDY)
        group, name, version, kind = artifact.split(":")
        file = local.joinpath(*group.split("."), name, version, f"{name}-{version}.{kind}")
        if hashlib.sha256(file.read_bytes()).hexdigest() != expected:
            raise SandboxError(f"{artifact} is not the file with the SHA-256 of {ARTIFACTS.name}", _REMEDY)
        file.rename(partial / file.name)
    shutil.rmtree(local)
