"""The engine that calls `pulumi`, with a stand-in for the executable."""

import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from sandbox.errors import BAD_INPUT, FAILED, SandboxError
from sandbox.project import Project
from sandbox.pulumi_engine import PulumiEngine, find_pulumi
from sandbox.pulumi_workspace import PulumiWorkspace
from tests.sandbox.stand_in import StandIn, files_of, small_checkout, stand_in

SUMMARY = {"summaryEvent": {"resourceChanges": {"create": 3, "same": 40}}}
MODEL = "urn:pulumi:dev::inference::inference:index:ModelService$kubernetes:apps/v1:Deployment::mnist-v1"


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    return stand_in(tmp_path / "bin", monkeypatch)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return small_checkout(tmp_path / "checkout")


@pytest.fixture
def engine(project: Project, pulumi: StandIn, tmp_path: Path) -> PulumiEngine:
    return PulumiEngine(project=project, stack="dev", kubeconfig=tmp_path / "kubeconfig")


def ignore(_line: str) -> None:
    pass


def refusal(engine: PulumiEngine) -> SandboxError:
    with pytest.raises(SandboxError) as caught:
        engine.up(ignore)
    return caught.value


def test_finds_the_pulumi_on_the_path(pulumi: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert find_pulumi() == pulumi.folder / "pulumi"
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert find_pulumi() is None


def test_works_on_the_sandbox_only(
    engine: PulumiEngine, pulumi: StandIn, project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    of_the_user = {
        "KUBECONFIG": "/user/kubeconfig",
        "PULUMI_ACCESS_TOKEN": "pul-user",
        "PULUMI_BACKEND_URL": "s3://user",
        "PULUMI_CONFIG_PASSPHRASE": "user",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "/user/passphrase",
        "PULUMI_CREDENTIALS_PATH": "/user",
        "PULUMI_K8S_DELETE_UNREACHABLE": "yes",
        "PULUMI_STACK": "user",
    }
    for name, value in of_the_user.items():
        monkeypatch.setenv(name, value)
    engine.up(ignore)
    own = PulumiWorkspace(project=project, stack="dev").directory
    for call in pulumi.calls:
        environment = call["environment"]
        assert environment["KUBECONFIG"] == str(tmp_path / "kubeconfig")
        assert environment["PULUMI_BACKEND_URL"] == f"file://{own}/state?metadata=skip"
        assert environment["PULUMI_HOME"] == str(own / "home")
        assert environment["PULUMI_SKIP_UPDATE_CHECK"] == "true"
        assert environment["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"
        assert not of_the_user.items() & environment.items()
        assert call["folder"] == str(own)


def test_leaves_the_checkout_and_the_home_directory_as_they_are(
    engine: PulumiEngine, pulumi: StandIn, project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "user"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    before = files_of(project)
    pulumi.answer(preview={"salt": "v1:made-by-preview", "events": [SUMMARY]})
    engine.up(ignore)
    assert files_of(project) == before
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("command", ["preview", "up"])
def test_applies_the_policy_pack(engine: PulumiEngine, pulumi: StandIn, project: Project, command: str) -> None:
    engine.up(ignore)
    arguments = pulumi.arguments(command)
    assert options(arguments, "--policy-pack") == [str(project.policy_pack)]
    assert options(arguments, "--policy-pack-config") == [str(project.policy_configuration("dev"))]


def test_a_stack_without_a_policy_configuration_has_the_defaults_of_the_pack(
    engine: PulumiEngine, pulumi: StandIn, project: Project
) -> None:
    shutil.rmtree(project.policy_pack / "config")
    engine.preview(ignore)
    assert options(pulumi.arguments("preview"), "--policy-pack-config") == []


def options(arguments: Sequence[str], name: str) -> list[str]:
    return [value for option, value in itertools.pairwise(arguments) if option == name]


def test_says_what_pulumi_says_and_counts_what_it_did(engine: PulumiEngine, pulumi: StandIn) -> None:
    looked_at = (
        " ~  kubernetes:core/v1:Service iris refreshing (0s)\n ~  kubernetes:core/v1:Service iris refresh (1s)\n"
    )
    pulumi.answer(
        preview={"stdout": f"previewing\n{looked_at}to create\n", "events": [SUMMARY]},
        up={"stdout": f"{looked_at}created\n", "events": [{"summaryEvent": {"resourceChanges": {"same": 43}}}]},
    )
    said: list[str] = []
    assert engine.preview(said.append) == {"create": 3, "same": 40}
    assert said == ["previewing", "to create"]
    said.clear()
    assert engine.up(said.append) == {"same": 43}
    assert said[1:] == ["created"]


def test_a_violated_policy_ends_it_before_anything_is_sent(engine: PulumiEngine, pulumi: StandIn) -> None:
    violation = {"message": "P01 privileged", "enforcementLevel": "mandatory", "resourceUrn": MODEL}
    pulumi.answer(preview={"code": 255, "events": [{"policyEvent": violation}]})
    error = refusal(engine)
    assert error.exit_code == FAILED
    assert "mnist-v1: P01 privileged" in error.message
    assert pulumi.operations == ["preview"]


def test_a_failed_deployment_is_one_error(engine: PulumiEngine, pulumi: StandIn) -> None:
    diagnostic = {"message": "admission denied it", "severity": "error", "urn": MODEL}
    pulumi.answer(up={"code": 255, "events": [{"diagnosticEvent": diagnostic}]})
    error = refusal(engine)
    assert error.exit_code == FAILED
    assert "mnist-v1: admission denied it" in error.message


def test_a_backend_that_fails_is_one_error(engine: PulumiEngine, pulumi: StandIn) -> None:
    pulumi.answer(stack_select={"code": 255, "stderr": "error: disk full"})
    error = refusal(engine)
    assert error.exit_code == FAILED
    assert "disk full" in error.message


def test_a_missing_provider_is_told_before_the_program_runs(
    engine: PulumiEngine, pulumi: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (pulumi.folder / "pulumi-resource-kubernetes").unlink()
    error = refusal(engine)
    assert error.exit_code == BAD_INPUT
    assert "pulumi plugin install resource kubernetes" in error.remedy
    assert not pulumi.was_called
    (tmp_path / ".pulumi" / "plugins" / "resource-kubernetes-v4.0.0").mkdir(parents=True)
    engine.up(ignore)


@pytest.mark.parametrize("version_answer", [{"code": 1}, {"stdout": "v2.25.0"}, {"stdout": "nonsense"}])
def test_a_pulumi_that_is_broken_or_old_is_one_error(
    engine: PulumiEngine, pulumi: StandIn, version_answer: Mapping[str, Any]
) -> None:
    pulumi.answer(version=version_answer)
    error = refusal(engine)
    assert error.exit_code == BAD_INPUT
    assert str(pulumi.folder / "pulumi") in error.message


def test_a_pulumi_of_another_machine_is_one_error(engine: PulumiEngine, pulumi: StandIn) -> None:
    (pulumi.folder / "pulumi").write_bytes(b"\x7fELF of another machine")
    assert refusal(engine).exit_code == BAD_INPUT


def test_the_lock_of_a_killed_run_is_released(engine: PulumiEngine, pulumi: StandIn, project: Project) -> None:
    lock(project, process_id=ended_process())
    engine.up(ignore)
    assert pulumi.operations == ["cancel", "preview", "up"]


def test_the_lock_of_a_running_pulumi_is_respected(
    engine: PulumiEngine, pulumi: StandIn, project: Project, running_pulumi: int
) -> None:
    lock(project, process_id=running_pulumi)
    error = refusal(engine)
    assert error.exit_code == FAILED
    assert f"process {running_pulumi}" in error.message
    assert pulumi.operations == []


def test_a_number_that_another_program_got_holds_no_lock(
    engine: PulumiEngine, pulumi: StandIn, project: Project
) -> None:
    lock(project, process_id=os.getpid())
    engine.up(ignore)
    assert pulumi.operations == ["cancel", "preview", "up"]


def test_operations_that_a_killed_run_had_begun_are_settled_first(engine: PulumiEngine, pulumi: StandIn) -> None:
    deployment = {"pending_operations": [{"type": "creating", "resource": {"urn": MODEL}}]}
    pulumi.answer(stack_export={"stdout": json.dumps({"version": 3, "deployment": deployment})})
    said: list[str] = []
    engine.up(said.append)
    assert pulumi.operations == ["refresh", "preview", "up"]
    assert "--clear-pending-creates" in pulumi.arguments("refresh")
    assert "interrupted" in said[0]


def lock(project: Project, process_id: int) -> None:
    """Lock the stack as Pulumi's file backend does."""
    folder = (
        PulumiWorkspace(project=project, stack="dev").directory
        / "state"
        / ".pulumi"
        / "locks"
        / "organization"
        / project.name
        / "dev"
    )
    folder.mkdir(parents=True)
    (folder / "6f1c.json").write_text(json.dumps({"pid": process_id, "username": "user", "hostname": "host"}))


def ended_process() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


@pytest.fixture
def running_pulumi(tmp_path: Path) -> Iterator[int]:
    """A living process that is called pulumi."""
    executable = tmp_path / "running" / "pulumi"
    executable.parent.mkdir()
    shutil.copy("/bin/sleep", executable)
    with subprocess.Popen([executable, "300"]) as process:
        yield process.pid
        process.kill()
