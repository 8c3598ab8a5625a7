"""Root file systems from Debian's archive: what names them, where they come from, and what the machine must have."""

import os
from pathlib import Path

import pytest

from inferencectl.sandbox.images import debian
from inferencectl.sandbox.images.debian import DebianRoot
from inferencectl.workspace.errors import BAD_INPUT, SandboxError


def _root(*packages: str, suite: str = "bookworm", commands: tuple[str, ...] = ()) -> DebianRoot:
    return DebianRoot(name="test", packages=packages, suite=suite, commands=commands)


def test_the_key_tells_of_everything_that_a_root_is_made_of() -> None:
    assert _root("runc", "nftables").key == _root("nftables", "runc").key
    roots = [_root("runc"), _root("runc", suite="trixie"), _root("runc", commands=("true",)), _root("nftables")]
    assert len({root.key for root in roots}) == len(roots)
    assert all(len(root.key) == 12 and int(root.key, 16) for root in roots)


def test_the_sources_of_the_machine_that_have_the_suite_are_used(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("# deb http://old.example bookworm main\n")
    directory = tmp_path / "sources.list.d"
    directory.mkdir()
    (directory / "debian.sources").write_text("Types: deb\nURIs: http://a.example\nSuites: bookworm bookworm-updates\n")
    (directory / "one.list").write_text("deb [signed-by=/key] http://b.example bookworm-security main\n")
    (directory / "other.sources").write_text("Types: deb\nURIs: http://c.example\nSuites: nodistro\n")
    (directory / "off.list.disabled").write_text("deb http://d.example bookworm main\n")
    used = [path.name for path in debian.sources("bookworm", tmp_path)]
    assert used == ["debian.sources", "one.list"]
    assert debian.sources("trixie", tmp_path) == []


def test_a_machine_without_the_commands_of_debian_is_told_what_to_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SandboxError, match=r"cannot be made on this machine: apt-get, .*unshare missing") as raised:
        debian.check_machine()
    assert raised.value.exit_code == BAD_INPUT
    assert "Debian or Ubuntu" in raised.value.remedy


def test_only_root_makes_images(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(debian.shutil, "which", lambda _command: "/bin/true")
    with pytest.raises(SandboxError, match="can only be made by root") as raised:
        _root().archive(tmp_path, lambda _message: None)
    assert raised.value.exit_code == BAD_INPUT
    assert {path.name for path in tmp_path.iterdir()} == {"locks"}
