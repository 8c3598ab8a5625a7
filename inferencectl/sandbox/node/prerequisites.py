"""What a machine needs for a real node: looked at before anything is changed, and each lack named with its remedy."""

import errno
import os
import platform
import shutil
import socket
import struct
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox import cgroups
from inferencectl.sandbox.images import debian
from inferencectl.sandbox.node import enter
from inferencectl.sandbox.node.node_directory import NodeDirectory
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

MACHINES = ("x86_64", "aarch64")
COMMANDS = ("env", "mount", "nsenter", "pivot_root", "umount", "unshare")
DISK_MIB = 3000
SOCKET_PATH_BYTES = 107
"""The longest path of a Unix socket: https://man7.org/linux/man-pages/man7/unix.7.html."""

_CAPABILITIES = {"CAP_SYS_ADMIN": 21, "CAP_NET_ADMIN": 12, "CAP_SYS_CHROOT": 18, "CAP_MKNOD": 27}
_NLMSG_ERROR = 2
_NETLINK_NETFILTER, _NFT_GET_GENERATION = 12, (10 << 8) | 16


@dataclass(frozen=True, kw_only=True)
class Prerequisite:
    """`lack` returns what is missing, in words that follow the name of the machine's part; None if it is there."""

    lack: Callable[[], str | None]
    remedy: str


@dataclass(frozen=True, kw_only=True)
class Lack:
    """Something that the machine is missing, and how to get it."""

    what: str
    remedy: str


def lacks(prerequisites: Sequence[Prerequisite]) -> tuple[Lack, ...]:
    """What the machine is missing, in the order of `prerequisites`."""
    found = ((each.lack(), each.remedy) for each in prerequisites)
    return tuple(Lack(what=what, remedy=remedy) for what, remedy in found if what is not None)


def require(prerequisites: Sequence[Prerequisite]) -> None:
    """Raises SandboxError (exit code 2) with everything that is missing."""
    _require(prerequisites, "run a real node", "without a real node the sandbox simulates every pod")


def require_to_make_images(directory: Path) -> None:
    """Raises SandboxError (exit code 2) with everything that is missing to make images and to load them elsewhere."""
    _require(_basic(directory), "make images", "the other stacks need none of this")


def _require(prerequisites: Sequence[Prerequisite], work: str, otherwise: str) -> None:
    missing = lacks(prerequisites)
    if missing:
        raise SandboxError(
            "\n".join([f"this machine cannot {work}:", *(f"- {each.what}: {each.remedy}" for each in missing)]),
            f"nothing was changed; {otherwise}",
            exit_code=BAD_INPUT,
        )


def _basic(directory: Path) -> tuple[Prerequisite, ...]:
    """What is needed to make root file systems and images, with `directory` for what they are put into."""
    status = Path("/proc/self/status")
    return (
        Prerequisite(
            lack=lambda: system_lack(platform.system(), platform.machine()),
            remedy="use Linux on x86-64 or arm64, for example in a virtual machine",
        ),
        Prerequisite(lack=lambda: user_lack(os.geteuid()), remedy="run the command as root, for example with sudo"),
        Prerequisite(
            lack=lambda: capability_lack(status.read_text() if status.exists() else ""),
            remedy="start the container or the session that you work in as privileged",
        ),
        Prerequisite(
            lack=lambda: command_lack(COMMANDS), remedy="install the packages util-linux, mount and coreutils"
        ),
        Prerequisite(
            lack=lambda: command_lack(debian.COMMANDS),
            remedy="use Debian or Ubuntu, whose packages apt, dpkg, perl, python3, tar and util-linux have them",
        ),
        Prerequisite(
            lack=lambda: disk_lack(shutil.disk_usage(_existing(directory)).free, directory),
            remedy="free up space there, or work in a checkout on a larger disk",
        ),
    )


def of_this_machine(sandbox: Path) -> tuple[Prerequisite, ...]:
    """What is needed for a real node of the sandbox in the directory `sandbox`."""
    basic = (
        *_basic(sandbox),
        Prerequisite(
            lack=lambda: path_lack(NodeDirectory(sandbox=sandbox.absolute()).bridge_socket),
            remedy="move the checkout to a shorter path",
        ),
    )
    if lacks(basic):
        # What follows would fail for the same reasons, in words that do not help.
        return basic
    return (
        *basic,
        Prerequisite(
            lack=lambda: cgroup_lack(cgroups.own_trees()),
            remedy="mount them (version 1), or enable them in /sys/fs/cgroup/cgroup.subtree_control (version 2)",
        ),
        Prerequisite(
            lack=lambda: command_fails("namespaces cannot be made", (*enter.UNSHARE, "true")),
            remedy="allow them: check the seccomp profile or AppArmor of the container that you work in",
        ),
        Prerequisite(
            lack=lambda: overlay_lack(_existing(sandbox)),
            remedy="load the kernel's module overlay, and work in a checkout that is not itself on an overlay",
        ),
        Prerequisite(
            lack=nf_tables_lack,
            remedy="load the kernel's module nf_tables, or use a kernel that has it (5.13 or newer)",
        ),
    )


def system_lack(system: str, machine: str) -> str | None:
    """What `platform` says of the machine, if no programs are built for it."""
    return None if system == "Linux" and machine in MACHINES else f"it is {system} on {machine}"


def user_lack(user: int) -> str | None:
    """Whether the effective `user` is another one than root."""
    return f"the user is not root, but number {user}" if user else None


def capability_lack(status: str) -> str | None:
    """The capabilities that are missing in the text of `/proc/self/status`."""
    line = next((line for line in status.splitlines() if line.startswith("CapEff:")), "CapEff: 0")
    effective = int(line.split()[1], 16)
    missing = [name for name, bit in _CAPABILITIES.items() if not effective >> bit & 1]
    return f"root may not do everything here, as {', '.join(missing)} is missing" if missing else None


def command_lack(commands: Sequence[str], path: str | None = None) -> str | None:
    """The commands that are not found in `path`, or in the PATH."""
    missing = [command for command in commands if shutil.which(command, path=path) is None]
    return f"commands are missing: {', '.join(missing)}" if missing else None


def disk_lack(free_bytes: int, where: Path) -> str | None:
    """Whether `where` has too few bytes free for images and volumes."""
    free_mib = free_bytes >> 20
    return f"{where} has {free_mib} MiB free, {DISK_MIB} MiB are needed" if free_mib < DISK_MIB else None


def path_lack(socket_path: Path) -> str | None:
    """Whether the path of a Unix socket is longer than the kernel takes."""
    length = len(os.fsencode(socket_path))
    return (
        f"{socket_path} has {length} bytes, a socket at most {SOCKET_PATH_BYTES}"
        if length > SOCKET_PATH_BYTES
        else None
    )


def cgroup_lack(found: Sequence[cgroups.Tree]) -> str | None:
    """The controllers that no tree of cgroups offers, or the tree in which none can be made."""
    if missing := cgroups.missing_controllers(found):
        return f"cgroup controllers are missing: {', '.join(missing)}"
    parents = [path.parent for path in cgroups.directories(found, "probe").values()]
    denied = [str(path) for path in parents if not os.access(path, os.W_OK)]
    return f"no cgroup can be made in {', '.join(denied)}" if denied else None


def command_fails(what: str, command: Sequence[str]) -> str | None:
    """`what`, with the last line of the command's errors; None if it succeeds."""
    try:
        result = subprocess.run(command, check=False, capture_output=True, text=True)
    except OSError as error:
        return f"{what} ({error})"
    detail = (result.stderr.strip().splitlines() or [f"exit code {result.returncode}"])[-1]
    return f"{what} ({detail})" if result.returncode else None


def overlay_lack(where: Path) -> str | None:
    """Whether an overlay can be mounted with its upper layer in `where`; tried in a namespace that ends at once."""
    with tempfile.TemporaryDirectory(dir=where) as directory:
        for name in ("lower", "upper", "work", "root"):
            Path(directory, name).mkdir()
        options = f"lowerdir={directory}/lower,upperdir={directory}/upper,workdir={directory}/work"
        mount = ("mount", "-t", "overlay", "overlay", "-o", options, f"{directory}/root")
        return command_fails(f"no overlay can be mounted in {where}", ("unshare", "--mount", *mount))


def nf_tables_lack() -> str | None:
    """Whether the kernel answers a question about the generation of its nf_tables rules, which loads the module too."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER) as netlink:
            netlink.settimeout(2)
            # Header: length, type, flags (request), sequence, port; then family, version, resource.
            netlink.send(struct.pack("=IHHIIBBH", 20, _NFT_GET_GENERATION, 1, 1, 0, 0, 0, 0))
            answer = netlink.recv(4096)
    except OSError as error:
        return f"the kernel has no nf_tables ({error.strerror or error})"
    (kind,) = struct.unpack_from("=H", answer, 4)
    if kind != _NLMSG_ERROR:
        return None
    (code,) = struct.unpack_from("=i", answer, 16)
    return f"the kernel has no nf_tables ({errno.errorcode.get(-code, code)})"


def _existing(path: Path) -> Path:
    return path if path.is_dir() else _existing(path.absolute().parent)
