"""What the node sees of the file system, as a list of mounts that its first process carries out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "kmsg")
SYSCTLS = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}
"""What a kubelet sets for the whole machine: in the node it finds files with these values, and changes nothing."""

CGROUPS = "/sys/fs/cgroup"
PROGRAMS = "/opt/node"
CONFIGURATION = "/etc/node"
LOGS = "/var/log/node"
SHARED = "/srv/sandbox"
VOLUMES = "/var/lib/volumes"
"""What claims of the class `local` get: a directory for each volume."""


@dataclass(frozen=True, kw_only=True)
class Mount:
    """One mount at `target`, a path in the node. `kind` is `bind`, or a type of file system.

    `source` is a path of the machine for a bind mount, and a name for everything else. The target is made if needed: a
    file where `is_file`, else a directory.
    """

    target: str
    kind: str
    source: str = ""
    options: str = ""
    is_file: bool = False

    def command(self, root: Path) -> tuple[str, ...]:
        """The command that mounts it in the tree below `root`."""
        target = f"{root}{self.target}"
        if self.kind == "bind":
            return ("mount", "--bind", self.source, target)
        return ("mount", "-t", self.kind, *(("-o", self.options) if self.options else ()), self.source, target)


@dataclass(frozen=True, kw_only=True)
class Link:
    """A symbolic link at `path`, in the node."""

    path: str
    to: str


def binds(
    state: Path, programs: Mapping[str, Path], configuration: Path, logs: Path, shared: Path
) -> tuple[Mount, ...]:
    """The directories of the machine that the node sees."""
    return (
        Mount(target="/var/lib/containerd", kind="bind", source=str(state / "containerd")),
        Mount(target="/var/lib/kubelet", kind="bind", source=str(state / "kubelet")),
        Mount(target="/var/log/pods", kind="bind", source=str(state / "pods")),
        Mount(target=VOLUMES, kind="bind", source=str(state / "volumes")),
        Mount(target=LOGS, kind="bind", source=str(logs)),
        Mount(target=CONFIGURATION, kind="bind", source=str(configuration)),
        Mount(target=SHARED, kind="bind", source=str(shared)),
        *(
            Mount(target=f"{PROGRAMS}/{name}", kind="bind", source=str(directory))
            for name, directory in programs.items()
        ),
    )


def kernel(trees: Iterable[str], version: int) -> tuple[Mount | Link, ...]:
    """What the kernel shows, in the order of mounting; `trees` are the controllers of every tree of cgroups."""
    return (
        Mount(target="/proc", kind="proc", source="proc"),
        Mount(target="/sys", kind="sysfs", source="sysfs"),
        *(_cgroups_1(trees) if version == 1 else (Mount(target=CGROUPS, kind="cgroup2", source="cgroup"),)),
        Mount(target="/dev", kind="tmpfs", source="dev", options="mode=755"),
        *(Mount(target=f"/dev/{name}", kind="bind", source=f"/dev/{name}", is_file=True) for name in DEVICES),
        Mount(target="/dev/pts", kind="devpts", source="devpts", options="newinstance,ptmxmode=0666,mode=620,gid=5"),
        Link(path="/dev/ptmx", to="pts/ptmx"),
        Link(path="/dev/fd", to="/proc/self/fd"),
        Mount(target="/dev/shm", kind="tmpfs", source="shm"),  # noqa: S108
        Mount(target="/dev/mqueue", kind="mqueue", source="mqueue"),
        Mount(target="/run", kind="tmpfs", source="run", options="mode=755"),
        Mount(target="/tmp", kind="tmpfs", source="tmp", options="mode=1777"),  # noqa: S108
    )


def sysctls(values: Path) -> tuple[Mount, ...]:
    """The files in `values`, a directory of the machine, over the settings of the whole machine."""
    return tuple(
        Mount(target=f"/proc/sys/{name}", kind="bind", source=str(values / name.replace("/", ".")), is_file=True)
        for name in SYSCTLS
    )


def _cgroups_1(trees: Iterable[str]) -> Iterable[Mount | Link]:
    yield Mount(target=CGROUPS, kind="tmpfs", source="cgroup", options="mode=755")
    for controllers in trees:
        name = controllers.removeprefix("name=")
        options = controllers if name == controllers else f"none,{controllers}"
        yield Mount(target=f"{CGROUPS}/{name}", kind="cgroup", source="cgroup", options=options)
        if "," in controllers:
            yield from (Link(path=f"{CGROUPS}/{name}", to=controllers) for name in controllers.split(","))
