"""Cgroups of our own, for a node or a build: where they can be made, how they are entered and wholly removed.

Version 1 has a tree for each group of controllers; the node gets a child of the caller's own cgroup in each. Version 2
has one tree in which only a cgroup without processes passes controllers on; the node's is made below the nearest
cgroup above the caller's that passes on what a kubelet needs.
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

VERSION_1 = ("cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids")
VERSION_2 = ("cpu", "cpuset", "memory", "pids")
REMOVE_SECONDS = 15
IDLE_SECONDS = 60
_POLL_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class Tree:
    """One mounted tree of cgroups: its `controllers`, and the caller's own cgroup in it, as a directory.

    `version` 2 has all controllers in one tree, whose `top` is where it is mounted.
    """

    version: int
    controllers: tuple[str, ...]
    top: Path
    own: Path


def trees(own_cgroups: str, mounts: str) -> tuple[Tree, ...]:
    """The trees that a node needs, from the texts of `/proc/self/cgroup` and `/proc/self/mountinfo`.

    All of version 1 that are mounted where any of its controllers is, else the one of version 2; empty where there is
    neither. One without controllers, such as systemd's, is needed too: containerd's shims look for a cgroup in each.
    """
    mounted = list(_mounted(mounts))
    version_1 = []
    for line in own_cgroups.splitlines():
        _, names, path = line.split(":", 2)
        controllers = tuple(names.split(","))
        top, root = next(
            ((top, root) for top, root, kind, options in mounted if kind == "cgroup" and {*controllers} <= options),
            (None, ""),
        )
        if names and top is not None:
            version_1.append(Tree(version=1, controllers=controllers, top=top, own=_below(top, path, root)))
    if any({*tree.controllers} & {*VERSION_1} for tree in version_1):
        return tuple(version_1)
    unified = next((path for line in own_cgroups.splitlines() if (path := line.removeprefix("0::")) != line), "/")
    return tuple(
        Tree(version=2, controllers=VERSION_2, top=top, own=_below(top, unified, root))
        for top, root, kind, _ in mounted
        if kind == "cgroup2"
    )[:1]


def own_trees() -> tuple[Tree, ...]:
    """The trees of this machine, from the point of view of this process."""
    return trees(Path("/proc/self/cgroup").read_text(), Path("/proc/self/mountinfo").read_text())


def missing_controllers(found: Sequence[Tree]) -> tuple[str, ...]:
    """The controllers that a kubelet needs and no tree of `found` offers for a new cgroup."""
    if found and found[0].version == 2:
        return () if _delegating(found[0]) else tuple(sorted({*VERSION_2} - _passed_on(found[0].top)))
    return tuple(sorted({*VERSION_1} - {name for tree in found for name in tree.controllers}))


def directories(found: Sequence[Tree], name: str) -> Mapping[str, Path]:
    """The node's cgroup `name` in each tree, by the controllers of the tree as they are mounted, joined by commas."""
    parents = {tree.controllers: tree.own if tree.version == 1 else _delegating(tree) or tree.top for tree in found}
    return {",".join(controllers): parent / name for controllers, parent in parents.items()}


def create(paths: Iterable[Path]) -> None:
    """Makes the cgroups; raises OSError."""
    for path in paths:
        path.mkdir(exist_ok=True)
        # In version 1 a cgroup without processors and memory nodes takes no process.
        for limit in ("cpuset.cpus", "cpuset.mems"):
            inherited = path.parent / limit
            if not (path / "cgroup.controllers").exists() and inherited.exists():
                (path / limit).write_text(inherited.read_text())


def enter(paths: Iterable[Path]) -> None:
    """Moves this process into the cgroups; raises OSError."""
    for path in paths:
        (path / "cgroup.procs").write_text("0")


def remove(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Ends what still runs in the cgroups and removes them; returns those that remain after some seconds.

    A process that was killed stays in its cgroup for a moment, until the kernel has taken it apart.
    """
    deadline = time.monotonic() + REMOVE_SECONDS
    remaining = [path for path in paths if path.is_dir()]
    while remaining:
        for path in remaining:
            _remove(path)
        remaining = [path for path in remaining if path.is_dir()]
        if time.monotonic() > deadline:
            break
        if remaining:
            time.sleep(_POLL_SECONDS)
    return tuple(remaining)


def remove_forgotten(found: Sequence[Tree], prefix: str, idle_seconds: float = IDLE_SECONDS) -> tuple[str, ...]:
    """Removes those named `prefix…` beside ours that have no process in any tree; returns their names.

    Whoever deletes a sandbox's directory by hand leaves them, as nothing else knows of them. Those younger than
    `idle_seconds` stay: another start has just made them, and enters them next.
    """
    beside: dict[str, list[Path]] = {}
    for parent in set(directories(found, "").values()):
        for path in parent.glob(f"{prefix}*"):
            beside.setdefault(path.name, []).append(path)
    newest = time.time() - idle_seconds
    forgotten = {name: paths for name, paths in beside.items() if not any(_is_used(path, newest) for path in paths)}
    for path in (path for paths in forgotten.values() for path in paths):
        for directory, _, _ in os.walk(path, topdown=False):
            # The kernel refuses it for a cgroup that has got a process meanwhile.
            with contextlib.suppress(OSError):
                Path(directory).rmdir()
    return tuple(sorted(forgotten))


def _is_used(path: Path, newest: float) -> bool:
    """Whether a process is in the cgroup or below it, or it is newer than that time; not so if it is gone."""
    try:
        return path.stat().st_mtime > newest or any(file.read_text() for file in path.rglob("cgroup.procs"))
    except OSError:
        return False


def _remove(path: Path) -> None:
    for directory, _, _ in os.walk(path, topdown=False):
        with contextlib.suppress(OSError):
            for number in (Path(directory) / "cgroup.procs").read_text().split():
                os.kill(int(number), signal.SIGKILL)
        with contextlib.suppress(OSError):
            Path(directory).rmdir()


def _mounted(mounts: str) -> Iterator[tuple[Path, str, str, set[str]]]:
    """Mount point, mounted root, kind and super options of every mounted tree."""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, (kind, _, options) = before.split(), after.split()[:3]
        if kind in {"cgroup", "cgroup2"}:
            yield Path(fields[4]), fields[3], kind, set(options.split(","))


def _below(top: Path, path: str, root: str) -> Path:
    inside = path.removeprefix(root) if root != "/" else path
    return top / inside.lstrip("/")


def _delegating(tree: Tree) -> Path | None:
    """The nearest cgroup, from the caller's own upwards, whose children have every controller that is needed."""
    above = (path for path in (tree.own, *tree.own.parents) if path == tree.top or tree.top in path.parents)
    return next((path for path in above if {*VERSION_2} <= _passed_on(path)), None)


def _passed_on(path: Path) -> set[str]:
    try:
        return set((path / "cgroup.subtree_control").read_text().split())
    except OSError:
        return set()
