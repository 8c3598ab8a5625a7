"""Root file systems from Debian's archive: packages in, an archive or a directory out.

Nothing is installed on the machine: mmdebstrap is taken from the archive like every other package and run from
the cache. The mirror and its keys are those of the machine's apt, whose state is neither used nor changed.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox.images.cached import cached
from inferencectl.sandbox.images.debian_package import REMEDY, checked, package_files
from inferencectl.sandbox.images.isolated_command import IsolatedCommand
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

BOOKWORM = "bookworm"
APT_CONFIGURATION = Path("/etc/apt")
COMMANDS = ("apt-get", "apt-config", "dpkg", "perl", "python3", "setpriv", "tar", "unshare")

_WITHOUT = ("/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/man/*")
# What mmdebstrap copies from the machine, and what it and apt leave behind.
_CLEAN = (
    'rm -rf "$1"/etc/apt/sources.list* "$1"/etc/apt/apt.conf.d/99mmdebstrap "$1"/etc/dpkg/dpkg.cfg.d/99mmdebstrap',
    ': > "$1"/etc/hostname; : > "$1"/etc/resolv.conf; rm -rf "$1"/var/log/* "$1"/var/cache/ldconfig/*',
)


@dataclass(frozen=True, kw_only=True)
class DebianRoot:
    """The root file system `name`: Debian's essential packages, `packages`, and what these need, without documentation.

    `commands` are run in a shell at the end, with the root's directory as `$1`. The versions are the newest at the time
    when it is made, because the archive keeps no others; so the key of the cache says what was asked for.
    """

    name: str
    packages: tuple[str, ...]
    suite: str = BOOKWORM
    commands: tuple[str, ...] = ()
    disk_mib: int = 1500

    @property
    def key(self) -> str:
        """12 hexadecimal digits of everything that it is made of."""
        made_of = [self.suite, sorted(self.packages), self.commands, _WITHOUT, _CLEAN, platform.machine()]
        return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:12]

    def archive(self, cache: Path, progress: Callable[[str], None]) -> Path:
        """The root file system as an uncompressed tar file below `cache`, made if it is not there (a minute or two).

        Raises:
            SandboxError: this process is not root, the machine lacks a command, the disk is too full, the archive
                cannot be reached, or a package does not exist.
        """
        subject = f"the root file system {self.name} ({self._contents})"

        def make(partial: Path) -> None:
            check_machine()
            mmdebstrap = package_files("mmdebstrap", cache, progress) / "usr" / "bin"
            (partial / "tmp").mkdir()
            IsolatedCommand(
                subject=subject,
                command=self._command(partial / "root.tar"),
                environment={**_environment(mmdebstrap), "TMPDIR": str(partial / "tmp")},
                directory=partial,
            ).run(progress, cache / "logs" / f"{self.name}-{self.key}.log", REMEDY)
            shutil.rmtree(partial / "tmp")

        target = cache / f"debian-{self.name}-{self.key}"
        return cached(target, make, progress, subject=subject, disk_mib=self.disk_mib) / "root.tar"

    def directory(self, cache: Path, progress: Callable[[str], None]) -> Path:
        """The root file system unpacked below `cache`: a lower layer for an overlay, never to be written to.

        Raises SandboxError as `archive` does.
        """

        def make(partial: Path) -> None:
            archive = self.archive(cache, progress)
            (partial / "root").mkdir()
            unpack = ["tar", "--extract", "--numeric-owner", "--same-permissions", "--file", str(archive)]
            subprocess.run([*unpack, "--directory", str(partial / "root")], check=True)

        target = cache / f"debian-{self.name}-{self.key}-unpacked"
        subject = f"the directory of the root file system {self.name}"
        return cached(target, make, progress, subject=subject, disk_mib=self.disk_mib) / "root"

    @property
    def _contents(self) -> str:
        return f"Debian {self.suite}, {', '.join(self.packages) or 'essential packages'}"

    def _command(self, output: Path) -> list[str]:
        options = ["--mode=root", "--variant=essential", "--format=tar", f"--include={','.join(self.packages)}"]
        options += [f"--dpkgopt=path-exclude={pattern}" for pattern in _WITHOUT]
        # The result is renamed into place when complete, so nothing has to survive a power failure before.
        options += ["--dpkgopt=force-unsafe-io"]
        options += [f"--aptopt={option}" for option in _transport_options()]
        # Otherwise a package that does not exist is only missed after the essential ones are installed.
        simulated = f"apt-get --quiet=2 --simulate install {' '.join(self.packages)} > {os.devnull}"
        options += [f'--extract-hook=APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" {simulated}']
        options += [f"--customize-hook={command}" for command in (*self.commands, *_CLEAN)]
        return ["mmdebstrap", *options, self.suite, str(output), *map(str, sources(self.suite))]


def check_machine() -> None:
    """Raises SandboxError unless root file systems can be made here: as root, with Debian's commands."""
    missing = [command for command in COMMANDS if shutil.which(command) is None]
    if missing:
        raise SandboxError(
            f"images cannot be made on this machine: {', '.join(missing)} missing",
            "use a machine with Debian or Ubuntu; its packages apt, dpkg, perl, python3, tar and util-linux have them",
            exit_code=BAD_INPUT,
        )
    if os.geteuid() != 0:
        raise SandboxError(
            "images can only be made by root, who may create files of all users",
            "run the command as root, for example with sudo",
            exit_code=BAD_INPUT,
        )


def _environment(mmdebstrap: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    path = f"{mmdebstrap}:/usr/sbin:/usr/bin:/sbin:/bin"
    return {**kept, "PATH": path, "LC_ALL": "C.UTF-8", "SOURCE_DATE_EPOCH": "0"}


def _transport_options() -> Iterator[str]:
    """How the machine's apt reaches and checks its archive: proxies, certificates, time-outs, dates."""
    answer = checked(["apt-config", "dump", "--no-empty", "--format", '%F "%v";%n', "Acquire"], Path("/"))
    return (line for line in answer.splitlines() if re.match(r"Acquire::(https?::|Check-|ForceIPv|Retries)", line))


def sources(suite: str, configuration: Path = APT_CONFIGURATION) -> list[Path]:
    """The files that tell the machine's apt about a suite; without any, mmdebstrap takes Debian's own archive."""
    files = [configuration / "sources.list", *sorted((configuration / "sources.list.d").glob("*"))]
    readable = (file for file in files if file.suffix in {".list", ".sources"} and file.is_file())
    entry = re.compile(rf"^(?:deb\s|Suites:).*[ :]{re.escape(suite)}\b", re.MULTILINE)
    return [file for file in readable if entry.search(file.read_text(encoding="utf-8"))]
