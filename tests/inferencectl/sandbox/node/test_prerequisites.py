"""What a machine must have for a real node: each lack is found, and all are told at once with their remedies."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from inferencectl.sandbox import nodes
from inferencectl.sandbox.cgroups import VERSION_1, Tree
from inferencectl.sandbox.node import prerequisites
from inferencectl.sandbox.node.kernel_features import FEATURES, of_the_kernel
from inferencectl.sandbox.node.prerequisites import Prerequisite, lacks, require
from inferencectl.sandbox.nodes import with_real_node
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

EVERYTHING = "CapEff:\t000001ffffffffff\n"


def _prerequisite(lack: str | None) -> Prerequisite:
    return Prerequisite(lack=lambda: lack, remedy=f"remedy of {lack}")


def test_everything_that_is_missing_is_told_at_once_with_its_remedy() -> None:
    with pytest.raises(SandboxError) as raised:
        require([_prerequisite("no disk"), _prerequisite(None), _prerequisite("not root")])
    assert raised.value.exit_code == BAD_INPUT
    assert raised.value.message.splitlines()[1:] == ["- no disk: remedy of no disk", "- not root: remedy of not root"]
    require([_prerequisite(None)])


@pytest.mark.parametrize(
    ("lack", "found"),
    [
        (lambda: prerequisites.system_lack("Linux", "x86_64"), None),
        (lambda: prerequisites.system_lack("Linux", "aarch64"), None),
        (lambda: prerequisites.system_lack("Darwin", "arm64"), "it is Darwin on arm64"),
        (lambda: prerequisites.system_lack("Linux", "riscv64"), "it is Linux on riscv64"),
        (lambda: prerequisites.user_lack(0), None),
        (lambda: prerequisites.user_lack(1000), "the user is not root, but number 1000"),
        (lambda: prerequisites.capability_lack(EVERYTHING), None),
        (
            lambda: prerequisites.capability_lack("Name:\tpython\nCapEff:\t00000000a80425fb\n"),
            "root may not do everything here, as CAP_SYS_ADMIN, CAP_NET_ADMIN is missing",
        ),
        (lambda: prerequisites.disk_lack(3000 << 20, Path("/a")), None),
        (lambda: prerequisites.disk_lack((3000 << 20) - 1, Path("/a")), "/a has 2999 MiB free, 3000 MiB are needed"),
        (lambda: prerequisites.path_lack(Path("/" + "a" * 106)), None),
        (lambda: prerequisites.command_lack(["sh"]), None),
        (lambda: prerequisites.command_lack(["sh", "mount"], path="/nowhere"), "commands are missing: sh, mount"),
        (lambda: prerequisites.command_fails("no", ["true"]), None),
        (lambda: prerequisites.command_fails("no", ["sh", "-c", "echo why >&2; exit 3"]), "no (why)"),
        (lambda: prerequisites.command_fails("no", ["false"]), "no (exit code 1)"),
    ],
)
def test_each_lack_is_found_in_what_the_machine_says(lack: Callable[[], str | None], found: str | None) -> None:
    assert lack() == found


def test_a_command_that_is_not_there_fails() -> None:
    assert prerequisites.command_fails("no", ["/nowhere/at-all"]) is not None


def test_a_path_that_no_socket_can_have_is_found() -> None:
    found = prerequisites.path_lack(Path("/" + "a" * 107))
    assert found is not None
    assert found.endswith("has 108 bytes, a socket at most 107")


def test_controllers_and_trees_that_take_no_cgroup_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trees = [Tree(version=1, controllers=(name,), top=tmp_path, own=tmp_path) for name in VERSION_1]
    assert prerequisites.cgroup_lack(trees) is None
    assert prerequisites.cgroup_lack(trees[1:]) == f"cgroup controllers are missing: {VERSION_1[0]}"
    # Root may write to every ordinary directory, so the answer of the system is given here.
    monkeypatch.setattr(os, "access", lambda *_: False)
    found = prerequisites.cgroup_lack(trees)
    assert found is not None
    assert found.startswith(f"no cgroup can be made in {tmp_path}")


def test_a_machine_that_cannot_do_the_basics_is_not_asked_for_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    tried: list[object] = []
    monkeypatch.setattr(prerequisites, "command_fails", lambda *arguments: tried.append(arguments))
    found = lacks(prerequisites.of_this_machine(tmp_path))
    assert "the user is not root, but number 1000" in {each.what for each in found}
    assert all("not root" not in each.what or "sudo" in each.remedy for each in found)
    assert tried == []


def test_a_real_node_is_refused_before_anything_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[object] = []
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(nodes, "ensure_parts", built.append)
    with pytest.raises(SandboxError, match="not root, but number 1000: run the command as root") as raised:
        with_real_node(tmp_path / "sandbox", lambda _: None)
    assert raised.value.exit_code == BAD_INPUT
    assert built == list(tmp_path.iterdir()) == []


def test_a_full_disk_is_found_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(2, 1, 1 << 20))
    sandbox = tmp_path / "not" / "there"
    found = [each.what for each in lacks(prerequisites.of_this_machine(sandbox)) if "MiB free" in each.what]
    assert found == [f"{sandbox} has 1 MiB free, {prerequisites.DISK_MIB} MiB are needed"]
    assert list(tmp_path.iterdir()) == []


def test_a_kernel_without_nf_tables_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*arguments: object) -> None:
        raise OSError(errno.EPROTONOSUPPORT, "Protocol not supported")

    monkeypatch.setattr(prerequisites.socket, "socket", refused)
    assert prerequisites.nf_tables_lack() == "the kernel has no nf_tables (Protocol not supported)"


@pytest.mark.real_node
def test_this_machine_has_what_is_asked_for_and_nothing_stays_of_asking(tmp_path: Path) -> None:
    assert lacks(prerequisites.of_this_machine(tmp_path)) == ()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.real_node
def test_a_feature_that_the_kernel_lacks_is_found(node_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lacks(of_the_kernel(node_root)) == ()
    for name, (commands, modules) in FEATURES.items():
        monkeypatch.setitem(
            FEATURES, name, (commands.replace("probe", "probe$(exit 1)").replace("ip", "no-ip"), modules)
        )
    assert len(lacks(of_the_kernel(node_root))) == len(FEATURES)


@pytest.mark.real_node
def test_a_place_that_carries_no_overlay_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert prerequisites.overlay_lack(tmp_path) is None
    monkeypatch.setenv("PATH", "")
    assert prerequisites.overlay_lack(tmp_path) is not None
    assert list(tmp_path.iterdir()) == []
