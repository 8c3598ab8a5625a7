"""The node's cgroups: found from what the kernel says of both versions, made, entered, and removed with all in them."""

import os
import subprocess
import uuid
from pathlib import Path

import pytest

from inferencectl.sandbox import cgroups
from inferencectl.sandbox.cgroups import VERSION_1, VERSION_2, Tree

MOUNTS_1 = """\
23 1 0:21 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
24 23 0:22 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
25 23 0:23 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
26 23 0:24 / /sys/fs/cgroup/memory rw,nosuid shared:9 - cgroup cgroup rw,memory
27 23 0:25 /docker/abc /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
28 23 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
"""
OWN_1 = """\
12:name=systemd:/
11:cpu,cpuacct:/user.slice
10:pids:/docker/abc/me
9:memory:/
8:perf_event:/
0::/user.slice
"""
MOUNTS_2 = "30 23 0:27 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
OWN_2 = "0::/user.slice/session.scope\n"


def test_version_1_has_a_tree_for_each_group_of_controllers_that_is_mounted() -> None:
    top = Path("/sys/fs/cgroup")
    assert cgroups.trees(OWN_1, MOUNTS_1) == (
        Tree(version=1, controllers=("name=systemd",), top=top / "systemd", own=top / "systemd"),
        Tree(version=1, controllers=("cpu", "cpuacct"), top=top / "cpu,cpuacct", own=top / "cpu,cpuacct/user.slice"),
        # As a container sees it: what is mounted is not the root of the tree.
        Tree(version=1, controllers=("pids",), top=top / "pids", own=top / "pids/me"),
        Tree(version=1, controllers=("memory",), top=top / "memory", own=top / "memory"),
    )


def test_controllers_that_are_mounted_nowhere_are_missing() -> None:
    missing = set(VERSION_1) - {"cpu", "cpuacct", "pids", "memory"}
    assert set(cgroups.missing_controllers(cgroups.trees(OWN_1, MOUNTS_1))) == missing
    assert set(cgroups.missing_controllers(())) == set(VERSION_1)


def test_version_2_is_taken_where_version_1_has_no_controllers() -> None:
    own = Path("/sys/fs/cgroup/user.slice/session.scope")
    assert cgroups.trees(OWN_2, MOUNTS_2) == (
        Tree(version=2, controllers=VERSION_2, top=Path("/sys/fs/cgroup"), own=own),
    )
    # An empty second version beside systemd's tree of the first, as some distributions have it.
    assert cgroups.trees("1:name=systemd:/\n0::/", MOUNTS_2 + MOUNTS_1.splitlines()[1])[0].version == 2
    assert cgroups.trees(OWN_2, "") == ()


def _tree_2(top: Path, passed_on: dict[str, str]) -> Tree:
    own = top / "user.slice" / "session.scope"
    own.mkdir(parents=True)
    for path, names in passed_on.items():
        (top / path / "cgroup.subtree_control").write_text(f"{names}\n")
    return Tree(version=2, controllers=VERSION_2, top=top, own=own)


def test_version_2_uses_the_nearest_cgroup_that_passes_on_what_is_needed(tmp_path: Path) -> None:
    tree = _tree_2(
        tmp_path, {".": "cpu cpuset io memory pids", "user.slice": "memory pids", "user.slice/session.scope": ""}
    )
    assert cgroups.missing_controllers([tree]) == ()
    assert list(cgroups.directories([tree], "node").values()) == [tmp_path / "node"]
    (tmp_path / "user.slice" / "cgroup.subtree_control").write_text("cpu cpuset memory pids")
    assert list(cgroups.directories([tree], "node").values()) == [tmp_path / "user.slice" / "node"]


def test_version_2_names_what_even_its_top_does_not_pass_on(tmp_path: Path) -> None:
    tree = _tree_2(tmp_path, {".": "memory pids"})
    assert cgroups.missing_controllers([tree]) == ("cpu", "cpuset")


def test_a_cgroup_of_version_1_takes_processes_because_it_inherits_processors(tmp_path: Path) -> None:
    (tmp_path / "cpuset.cpus").write_text("0-1")
    (tmp_path / "cpuset.mems").write_text("0")
    cgroups.create([tmp_path / "node"])
    assert (tmp_path / "node" / "cpuset.cpus").read_text() == "0-1"
    assert (tmp_path / "node" / "cpuset.mems").read_text() == "0"


@pytest.mark.real_node
def test_a_cgroup_is_removed_with_what_runs_in_it_and_below_it() -> None:
    name = f"inference-sandbox-test-{uuid.uuid4().hex[:8]}"
    paths = list(cgroups.directories(cgroups.own_trees(), name).values())
    cgroups.create(paths)
    try:
        below = [path / "pods" / "pod" for path in paths]
        for path in below:
            cgroups.create([path.parent, path])
        with subprocess.Popen(["sleep", "600"]) as process:
            for path in below:
                (path / "cgroup.procs").write_text(str(process.pid))
            assert cgroups.remove(paths) == ()
            assert process.wait(10) == -9
    finally:
        cgroups.remove(paths)
    assert not any(path.exists() for path in paths)
    os.kill(os.getpid(), 0)


@pytest.mark.real_node
def test_what_no_process_uses_is_removed_once_it_is_old_and_nothing_else_is() -> None:
    prefix, trees = f"inference-test-{uuid.uuid4().hex[:8]}-", cgroups.own_trees()
    forgotten, used, other = (
        list(cgroups.directories(trees, name).values()) for name in (f"{prefix}a", f"{prefix}b", f"other-{prefix}c")
    )
    below = [path / "pods" for path in (*forgotten, *used)]
    try:
        cgroups.create([*forgotten, *used, *other, *below])
        with subprocess.Popen(["sleep", "600"]) as process:
            # In one tree alone: the cgroups of one name belong together.
            (used[0] / "pods" / "cgroup.procs").write_text(str(process.pid))
            assert cgroups.remove_forgotten(trees, prefix) == ()
            assert cgroups.remove_forgotten(trees, prefix, idle_seconds=-1) == (f"{prefix}a",)
            assert process.poll() is None
            process.kill()
        assert not any(path.exists() for path in forgotten)
        assert all(path.exists() for path in (*used, *other))
    finally:
        cgroups.remove([*forgotten, *used, *other])
