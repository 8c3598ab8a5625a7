"""What a node must leave as it is: settings of the kernel, mounts, interfaces, rules of packets, cgroups."""

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SETTINGS = Path("/proc/sys")
CGROUPS = Path("/sys/fs/cgroup")
# Counters and random numbers, which change by themselves.
COUNTERS = {
    *("fs/dentry-state", "fs/file-nr", "fs/inode-nr", "fs/inode-state", "fs/aio-nr", "fs/quota/syncs"),
    *("kernel/ns_last_pid", "kernel/pty/nr", "kernel/random/entropy_avail", "kernel/random/uuid"),
    *("net/netfilter/nf_conntrack_count", "kernel/keys/gc_delay"),
}


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A look at the machine from outside of every node; two looks are equal if nothing was changed between them."""

    settings: dict[str, str]
    mounts: str
    interfaces: str
    rules: str
    cgroups: frozenset[str]

    @classmethod
    def seen(cls, node_root: Path, cgroup_name: str = "") -> "Machine":
        """Looks now; of the cgroups only at those called `cgroup_name`, as other sandboxes have their own."""
        return cls(
            settings=dict(_settings()),
            mounts=Path("/proc/self/mountinfo").read_text(),
            interfaces=_output(node_root, "ip", "-details", "address") + _output(node_root, "ip", "route"),
            rules=_output(node_root, "nft", "list", "ruleset") + _output(node_root, "ipset", "list"),
            cgroups=frozenset(str(path) for path in CGROUPS.rglob(cgroup_name or "-")),
        )


def _settings() -> Iterator[tuple[str, str]]:
    for path in sorted(SETTINGS.rglob("*")):
        name = path.relative_to(SETTINGS).as_posix()
        # Some cannot be read, and some only by processes that have asked for something.
        with contextlib.suppress(OSError, UnicodeDecodeError):
            if path.is_file() and name not in COUNTERS:
                yield name, path.read_text()


def _output(node_root: Path, *command: str) -> str:
    """What a program of the node's root file system says of this machine."""
    run = ["chroot", str(node_root), "env", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *command]
    return subprocess.run(run, check=True, capture_output=True, text=True).stdout
