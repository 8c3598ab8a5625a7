"""Several tools built at once: side by side, one process a tool, and ended together."""

import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from inferencectl.sandbox.toolchain import build_cache, builds, go_tool
from inferencectl.sandbox.toolchain.builds import build_missing
from inferencectl.sandbox.toolchain.go_tool import GoTool
from inferencectl.workspace.errors import SandboxError
from tests.waiting import soon

GIB = 1024**3


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a `go` first on the PATH that runs a shell command instead of building."""
    monkeypatch.setattr(go_tool, "MODULES", tmp_path / "modules")
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=16 * GIB))

    def replaced(build: str) -> None:
        program = tmp_path / "fake" / "go"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\ncase "$1" in env) echo {tmp_path};; build) {build};; esac\n')
        program.chmod(0o700)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")

    return replaced


def tool(tmp_path: Path, name: str) -> GoTool:
    module = tmp_path / "modules" / name
    module.mkdir(parents=True)
    (module / "go.mod").write_text(
        f"module example/{name}\n\ntool example/{name}/cmd\n\nrequire example/dependency v1.2.3\n"
    )
    (module / "go.sum").touch()
    return GoTool(name=name, module="example/dependency", disk_mib=1)


def silent(_message: str) -> None:
    pass


def test_two_tools_are_built_side_by_side(go: Callable[[str], None], tmp_path: Path) -> None:
    # Each build ends only when the other one has begun.
    go(
        f'touch "{tmp_path}/begun-$(basename "$PWD")"; '
        f"until [ $(ls {tmp_path} | grep -c begun) = 2 ]; do sleep 0.05; done"
    )
    tools = [tool(tmp_path, name) for name in ("first", "second")]
    build_missing(tools, tmp_path / "cache", silent)
    assert all(each.is_cached(tmp_path / "cache") for each in tools)


def test_where_memory_is_short_one_is_built_after_the_other(
    go: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=builds.BUILD_BYTES))
    go(f'mkdir "{tmp_path}/building" || exit 1; sleep 0.3; rmdir "{tmp_path}/building"')
    tools = [tool(tmp_path, name) for name in ("first", "second")]
    build_missing(tools, tmp_path / "cache", silent)
    assert all(each.is_cached(tmp_path / "cache") for each in tools)


def test_the_tools_of_a_call_share_a_build_cache_that_goes_with_them(go: Callable[[str], None], tmp_path: Path) -> None:
    go(f'mkdir -p "$GOCACHE"; touch "$GOCACHE/object"; echo "$GOCACHE" >> {tmp_path}/caches')
    build_missing([tool(tmp_path, "first"), tool(tmp_path, "second")], tmp_path / "cache", silent)
    used = [Path(line) for line in (tmp_path / "caches").read_text().splitlines()]
    assert used == [tmp_path / "cache" / "go-build" / "0" / "0"] * 2
    assert not used[0].exists()


@pytest.mark.parametrize(
    ("free", "folders"),
    [
        (build_cache.LEAST_FREE_BYTES - 1, ["0 of 0", "0 of 0", "1 of 1"]),
        (build_cache.LEAST_FREE_BYTES, ["0 of 0", "0 of 0", "0 of 0"]),
    ],
    ids=["short", "ample"],
)
def test_where_the_disk_is_short_a_build_cache_that_has_grown_large_is_followed_by_another(
    go: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, folders: Sequence[str]
) -> None:
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=builds.BUILD_BYTES))
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    monkeypatch.setattr("inferencectl.sandbox.toolchain.build_cache.MOST_BYTES", 10)
    go(
        'mkdir -p "$GOCACHE"; printf 123456 > "$GOCACHE/$(basename "$PWD")"; '
        f'echo "$(basename "$GOCACHE") of $(ls "$GOCACHE/..")" >> {tmp_path}/folders'
    )
    build_missing([tool(tmp_path, name) for name in ("first", "second", "third")], tmp_path / "cache", silent)
    assert (tmp_path / "folders").read_text().splitlines() == folders


def test_a_failure_ends_the_build_beside_it_and_starts_no_other(go: Callable[[str], None], tmp_path: Path) -> None:
    go('case "$PWD" in */bad) echo broken; exit 1;; *) exec sleep 60;; esac')
    begun = time.monotonic()
    tools = [tool(tmp_path, name) for name in ("bad", "long", "never")]
    messages: list[str] = []
    with pytest.raises(SandboxError, match=r"cannot build bad v1\.2\.3:\nbroken"):
        build_missing(tools, tmp_path / "cache", messages.append)
    assert time.monotonic() - begun < 30
    assert not any("never" in message for message in messages)


def test_an_interruption_ends_the_builds_and_keeps_what_was_compiled(
    go: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go('mkdir -p "$GOCACHE"; touch "$GOCACHE/object"; echo $$ > "$GOCACHE/process"; exec sleep 60')
    compiled = tmp_path / "cache" / "go-build" / "0" / "0"

    def interrupted(*_arguments: object, **_options: object) -> None:
        soon(lambda: (compiled / "process").exists() and (compiled / "process").read_text(), "the build has begun")
        raise KeyboardInterrupt

    monkeypatch.setattr(builds, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build_missing([tool(tmp_path, "long")], tmp_path / "cache", silent)
    assert (compiled / "object").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int((compiled / "process").read_text()), 0)


def test_another_tools_build_is_not_waited_for(go: Callable[[str], None], tmp_path: Path) -> None:
    go(
        f'echo "$GOCACHE" > {tmp_path}/$(basename "$PWD"); '
        f'case "$PWD" in */long) until [ -e {tmp_path}/end ]; do sleep 0.05; done;; esac'
    )
    long, short = tool(tmp_path, "long"), tool(tmp_path, "short")
    other = threading.Thread(target=build_missing, args=([long], tmp_path / "cache", silent))
    other.start()
    try:
        soon((tmp_path / "long").exists, "the other build has begun")
        build_missing([short], tmp_path / "cache", silent)
        assert short.is_cached(tmp_path / "cache")
        assert not long.is_cached(tmp_path / "cache")
    finally:
        (tmp_path / "end").touch()
        other.join()
    assert long.is_cached(tmp_path / "cache")
    assert (tmp_path / "long").read_text() != (tmp_path / "short").read_text()
