"""Single packages from the archive of the machine's apt: unpacked in the cache, and not installed."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from inferencectl.sandbox.images.cached import cached
from inferencectl.workspace.errors import SandboxError

REMEDY = "check that apt-get reaches Debian's archive and knows its keys (package debian-archive-keyring)"


def package_files(package: str, cache: Path, progress: Callable[[str], None]) -> Path:
    """The directory below `cache` with the files of the newest version of a package, without what it depends on.

    apt works with a state that is thrown away, so that the machine's is neither trusted to be fresh nor changed.

    Raises:
        SandboxError: the archive cannot be reached, or has no such package.
    """

    def make(partial: Path) -> None:
        apt = partial / "apt"
        for name in ("state/lists/partial", "cache/archives/partial"):
            (apt / name).mkdir(parents=True)
        (apt / "state" / "status").touch()
        options = {
            "Dir::State": apt / "state",
            "Dir::State::status": apt / "state" / "status",
            "Dir::Cache": apt / "cache",
            # The user _apt may not be able to enter the cache.
            "APT::Sandbox::User": "root",
        }
        apt_get = ["apt-get", "--quiet", *(f"--option={name}={value}" for name, value in options.items())]
        for arguments in (("update",), ("download", package)):
            checked([*apt_get, *arguments], apt)
        (archive,) = apt.glob(f"{package}_*.deb")
        checked(["dpkg", "--extract", str(archive), str(partial / "files")], apt)
        shutil.rmtree(apt)

    target = cache / f"package-{package}"
    return cached(target, make, progress, subject=f"a copy of Debian's package {package}", disk_mib=200) / "files"


def checked(command: Sequence[str], directory: Path) -> str:
    """What a command of apt or dpkg prints; raises SandboxError with the last line of its errors if it fails."""
    result = subprocess.run(command, cwd=directory, check=False, capture_output=True, text=True)
    if result.returncode != 0:
        detail = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise SandboxError(f"{command[0]} failed: {detail}", REMEDY)
    return result.stdout
