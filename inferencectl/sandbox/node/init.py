"""`python -m … SPECIFICATION`: the first process of the node. It makes the root, starts the daemons, and reaps.

It runs in new namespaces, so that nothing it mounts or configures is seen outside. After `pivot_root` the files of the
machine are gone: everything that it needs later is imported at the top.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from inferencectl.sandbox.node import addresses, daemons, mounts
from inferencectl.sandbox.node.mounts import Link, Mount
from inferencectl.sandbox.node.specification import Specification

RESTART_SECONDS = 1.0
AWAITED_SECONDS = 0.05
ENVIRONMENT = {"HOME": "/tmp", "LANG": "C.UTF-8"}  # noqa: S108
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
UP = "/run/node-up"
"""Exists once the root and the network of the node are there."""

_CONTROLLERS_SECONDS = 10
_NETWORK = (
    "ip link set lo up",
    # Both ends stay here: an interface that is up, with no other machine behind it.
    "ip link add node0 type veth peer name node0-peer",
    "ip link set node0-peer up",
    f"ip address add {addresses.NODE_ADDRESS}/24 dev node0",
    f"ip address add {addresses.SERVER_ADDRESS}/24 dev node0",
    "ip link set node0 up",
    # The kubelet looks for one; what it leads to does not answer.
    f"ip route add default dev node0 src {addresses.NODE_ADDRESS}",
)


def make_root(specification: Specification) -> None:
    """Mounts the node's file systems and makes them the root of this mount namespace; raises CalledProcessError."""
    layers, state = Path(specification.layers), Path(specification.state)
    root = layers / "root"
    _run("mount", "--make-rprivate", "/")
    for directory in (root, layers / "upper", layers / "work", layers / "sysctls"):
        directory.mkdir(parents=True, exist_ok=True)
    for name in ("containerd", "kubelet", "pods", "volumes"):
        (state / name).mkdir(parents=True, exist_ok=True)
    options = f"lowerdir={specification.root},upperdir={layers}/upper,workdir={layers}/work"
    _run("mount", "-t", "overlay", "overlay", "-o", options, str(root))
    values = layers / "sysctls"
    for name, value in mounts.SYSCTLS.items():
        (values / name.replace("/", ".")).write_text(f"{value}\n")
    programs = {name: Path(path) for name, path in specification.programs.items()}
    _make(mounts.kernel(specification.cgroups, specification.cgroup_version), root)
    _make(mounts.sysctls(values), root)
    shared = Path(specification.shared)
    _make(mounts.binds(state, programs, Path(specification.configuration), Path(specification.logs), shared), root)
    old = root / "machine"
    old.mkdir()
    os.chdir(root)
    _run("pivot_root", ".", "machine")
    os.chdir("/")
    _run("umount", "--lazy", "/machine")
    Path("/machine").rmdir()
    # The kubelet and containerd hand mounts on to the containers.
    _run("mount", "--make-rshared", "/")


def make_network() -> None:
    """Gives the node its interface, addresses and name; raises CalledProcessError."""
    _run("hostname", addresses.NODE)
    Path("/etc/hostname").write_text(f"{addresses.NODE}\n")
    Path("/etc/hosts").write_text(f"127.0.0.1 localhost\n{addresses.NODE_ADDRESS} {addresses.NODE}\n")
    # No name server: what is not of the cluster has no name here.
    Path("/etc/resolv.conf").write_text("")
    for command in _NETWORK:
        _run(*command.split())
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def delegate_controllers() -> None:
    """In version 2, moves the node's processes out of its top cgroup, which can only then have children with limits."""
    top, own = Path(mounts.CGROUPS), Path(mounts.CGROUPS, "daemons")
    own.mkdir(exist_ok=True)
    (own / "cgroup.procs").write_text("0")
    wanted = " ".join(f"+{name}" for name in (top / "cgroup.controllers").read_text().split())
    deadline = time.monotonic() + _CONTROLLERS_SECONDS
    while True:
        try:
            (top / "cgroup.subtree_control").write_text(wanted)
        except OSError:
            # `unshare` is still there: the command that started the node is about to move it.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


class Daemons:
    """The daemons of the node: started in order, and started again a second after one has ended.

    One that is in `awaited` is started once the file that it names there exists.
    """

    def __init__(
        self,
        commands: Mapping[str, Sequence[str]],
        environment: Mapping[str, str],
        awaited: Mapping[str, str] | None = None,
    ) -> None:
        self._commands = commands
        self._awaited = awaited or {}
        self._environment = environment
        self._running: dict[int, str] = {}
        self._due = dict.fromkeys(commands, 0.0)

    def start_due(self) -> float | None:
        """Starts what is due; returns the seconds until the next one is, None if all run."""
        now = time.monotonic()
        for name in [name for name, due in self._due.items() if due <= now]:
            if name in self._awaited and not Path(self._awaited[name]).exists():
                self._due[name] = now + AWAITED_SECONDS
                continue
            try:
                self._running[self._start(name)] = name
            except OSError as error:
                self._restart(name, f"cannot be started ({error})")
            else:
                del self._due[name]
        return min((due - now for due in self._due.values()), default=None)

    def ended(self, process: int, status: int) -> None:
        """Notes that a process has ended, which need not be a daemon: orphans of the whole node end up here."""
        name = self._running.pop(process, None)
        if name is not None:
            self._restart(name, f"ended with {os.waitstatus_to_exitcode(status)}")

    def _restart(self, name: str, reason: str) -> None:
        self._due[name] = time.monotonic() + RESTART_SECONDS
        print(f"{name} {reason}; it is started again", flush=True)  # noqa: T201

    def _start(self, name: str) -> int:
        command = self._commands[name]
        output = os.open(f"{mounts.LOGS}/{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            files = [(os.POSIX_SPAWN_DUP2, output, 1), (os.POSIX_SPAWN_DUP2, output, 2)]
            defaults = [signal.SIGPIPE, signal.SIGCHLD]
            return os.posix_spawnp(
                command[0],
                list(command),
                self._environment,
                file_actions=files,
                setsid=True,
                setsigdef=defaults,
                setsigmask=[],
            )
        finally:
            os.close(output)


def supervise(started: Daemons) -> None:
    """Runs the daemons until this process gets SIGTERM."""
    # Blocked and waited for: a child that ends between two looks is not missed.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD, signal.SIGTERM})
    while True:
        wait_seconds = started.start_due()
        received = signal.sigtimedwait({signal.SIGCHLD, signal.SIGTERM}, 60 if wait_seconds is None else wait_seconds)
        if received is not None and received.si_signo == signal.SIGTERM:
            return
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                started.ended(*ended)


def search_path(programs: Iterable[str]) -> str:
    """The PATH within the node."""
    return ":".join([*(f"{mounts.PROGRAMS}/{name}" for name in programs), SYSTEM_PATH])


def main(specification: Specification) -> None:
    """Makes the node and keeps it running. When this process ends, the kernel ends every other one of the node."""
    os.environ["PATH"] = search_path(specification.programs)
    make_root(specification)
    make_network()
    if specification.cgroup_version == 2:
        delegate_controllers()
    Path(UP).touch()
    environment = {**ENVIRONMENT, "PATH": os.environ["PATH"]}
    supervise(Daemons(specification.daemons, environment, daemons.AWAITED))


def _make(wanted: Iterable[Mount | Link], root: Path) -> None:
    for each in wanted:
        if isinstance(each, Link):
            Path(f"{root}{each.path}").symlink_to(each.to)
            continue
        target = Path(f"{root}{each.target}")
        if each.is_file:
            target.parent.mkdir(parents=True, exist_ok=True)
            # What is already there, such as a setting below /proc, must not be opened for writing.
            if not target.exists():
                target.touch()
        else:
            target.mkdir(parents=True, exist_ok=True)
        _run(*each.command(root))


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main(Specification.read(Path(sys.argv[1])))
