"""The engine that calls `pulumi`, with a stand-in for the executable."""

import itertools
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from inferencectl.changes import FieldChange
from inferencectl.model_names import model_names
from inferencectl.pulumi.engine import PulumiEngine
from inferencectl.pulumi.executable import find_pulumi
from inferencectl.pulumi.workspace import PulumiWorkspace
from inferencectl.workspace.errors import BAD_INPUT, FAILED
from inferencectl.workspace.project import Project
from settings import MODELS_LOCK_VARIABLE
from tests.inferencectl.pulumi.stand_in import MODEL, StandIn, files_of, ignore, refusal

SUMMARY = {"summaryEvent": {"resourceChanges": {"update": 1}}}
OPERATIONS: Mapping[str, Callable[[PulumiEngine], object]] = {
    "preview": lambda engine: engine.preview(ignore),
    "up": lambda engine: engine.up(ignore, ()),
}


def test_finds_the_pulumi_on_the_path(pulumi: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert find_pulumi() == pulumi.folder / "pulumi"
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert find_pulumi() is None


def test_the_program_is_pointed_to_the_lock_of_the_command(
    pulumi_engine: PulumiEngine, pulumi: StandIn, small_project: Project
) -> None:
    with model_names(small_project, "dev", offline=True, progress=ignore) as names:
        pulumi_engine.preview(ignore)
    (preview,) = (call for call in pulumi.calls if call["arguments"][0] == "preview")
    assert preview["environment"][MODELS_LOCK_VARIABLE] == str(names.lock)
    assert MODELS_LOCK_VARIABLE not in os.environ


def test_works_on_the_sandbox_only(
    pulumi_engine: PulumiEngine,
    pulumi: StandIn,
    small_project: Project,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
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
    monkeypatch.delenv("PULUMI_HOME", raising=False)
    for name, value in of_the_user.items():
        monkeypatch.setenv(name, value)
    pulumi_engine.up(ignore, ())
    own = PulumiWorkspace(project=small_project, stack="dev").directory
    assert {call["environment"]["PULUMI_HOME"] for call in pulumi.calls} == {str(own / "home")}
    for call in pulumi.calls:
        environment = call["environment"]
        if call["arguments"] == ["version"]:
            continue
        assert environment["KUBECONFIG"] == str(tmp_path / "kubeconfig")
        assert environment["PULUMI_BACKEND_URL"] == f"file://{own}/state?metadata=skip"
        assert environment["PULUMI_SKIP_UPDATE_CHECK"] == "true"
        assert environment["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"
        assert not of_the_user.items() & environment.items()
        assert call["folder"] == str(own)
    assert of_the_user.items() <= os.environ.items()
    assert "PULUMI_HOME" not in os.environ


def test_leaves_the_checkout_and_the_home_directory_as_they_are(
    pulumi_engine: PulumiEngine,
    pulumi: StandIn,
    small_project: Project,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    home = tmp_path / "user"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    before = files_of(small_project)
    pulumi.answer(up={"salt": "v1:made-by-up"})
    pulumi_engine.up(ignore, ())
    assert files_of(small_project) == before
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("command", ["preview", "up"])
def test_applies_the_policy_pack(
    pulumi_engine: PulumiEngine, pulumi: StandIn, small_project: Project, command: str
) -> None:
    OPERATIONS[command](pulumi_engine)
    arguments = pulumi.arguments(command)
    assert options(arguments, "--policy-pack") == [str(small_project.policy_pack)]
    assert options(arguments, "--policy-pack-config") == [str(small_project.policy_configuration("dev"))]


@pytest.mark.parametrize("command", ["preview", "up"])
def test_compares_with_the_cluster_and_not_with_its_state(
    pulumi_engine: PulumiEngine, pulumi: StandIn, command: str
) -> None:
    OPERATIONS[command](pulumi_engine)
    assert "--refresh" in pulumi.arguments(command)


def test_a_stack_without_a_policy_configuration_has_the_defaults_of_the_pack(
    pulumi_engine: PulumiEngine, pulumi: StandIn, small_project: Project
) -> None:
    shutil.rmtree(small_project.policy_pack / "config")
    pulumi_engine.preview(ignore)
    assert options(pulumi.arguments("preview"), "--policy-pack-config") == []


def options(arguments: Sequence[str], name: str) -> list[str]:
    return [value for option, value in itertools.pairwise(arguments) if option == name]


def weight_changed(told: str) -> dict[str, Any]:
    def state(weight: int) -> dict[str, Any]:
        inputs = {"kind": "HTTPRoute", "metadata": {"namespace": "models", "name": "mnist"}, "spec": {"weight": weight}}
        return {"urn": MODEL, "custom": True, "inputs": inputs}

    step = {"op": "update", "urn": MODEL, "type": "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"}
    return {told: {"metadata": {**step, "old": state(90), "new": state(80)}}}


def test_a_preview_returns_what_would_change_and_lists_no_resource(
    pulumi_engine: PulumiEngine, pulumi: StandIn
) -> None:
    pulumi.answer(
        preview={"stdout": "previewing\n ~  update\n", "events": [weight_changed("resourcePreEvent"), SUMMARY]}
    )
    said: list[str] = []
    plan = pulumi_engine.preview(said.append)
    (change,) = plan.changed
    assert str(change) == "update HTTPRoute models/mnist"
    assert change.fields == (FieldChange(path="spec.weight", before=90, after=80),)
    assert said == []


def test_a_deployment_says_each_change_once_when_it_is_made(pulumi_engine: PulumiEngine, pulumi: StandIn) -> None:
    pulumi.answer(up={"stdout": "updating\n ~  updated\n", "events": [weight_changed("resOutputsEvent")]})
    said: list[str] = []
    outcome = pulumi_engine.up(said.append, ())
    assert said == ["update HTTPRoute models/mnist"] == [str(change) for change in outcome.changed]


def test_a_violated_policy_is_one_error(pulumi_engine: PulumiEngine, pulumi: StandIn) -> None:
    violation = {"message": "P01 privileged", "enforcementLevel": "mandatory", "resourceUrn": MODEL}
    pulumi.answer(up={"code": 255, "events": [{"policyEvent": violation}]})
    error = refusal(pulumi_engine)
    assert error.exit_code == FAILED
    assert "mnist-v1: P01 privileged" in error.message


def test_a_failed_deployment_is_one_error(pulumi_engine: PulumiEngine, pulumi: StandIn) -> None:
    diagnostic = {"message": "admission denied it", "severity": "error", "urn": MODEL}
    pulumi.answer(up={"code": 255, "events": [{"diagnosticEvent": diagnostic}]})
    error = refusal(pulumi_engine)
    assert error.exit_code == FAILED
    assert "mnist-v1: admission denied it" in error.message


@pytest.mark.parametrize("command", ["stack_select", "stack_export"])
def test_a_backend_that_fails_is_one_error(pulumi_engine: PulumiEngine, pulumi: StandIn, command: str) -> None:
    pulumi.answer(**{command: {"code": 255, "stderr": "error: failed to load checkpoint"}})
    error = refusal(pulumi_engine)
    assert error.exit_code == FAILED
    assert "failed to load checkpoint" in error.message


def test_an_unwritable_directory_is_one_error(pulumi_engine: PulumiEngine, small_project: Project) -> None:
    directory = small_project.sandbox_directory("dev")
    directory.parent.mkdir(parents=True)
    directory.touch()
    error = refusal(pulumi_engine)
    assert error.exit_code == BAD_INPUT
    assert str(directory) in error.message


def test_a_missing_provider_is_reported_before_the_program_runs(
    pulumi_engine: PulumiEngine, pulumi: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (pulumi.folder / "pulumi-resource-kubernetes").unlink()
    error = refusal(pulumi_engine)
    assert error.exit_code == BAD_INPUT
    assert "pulumi plugin install resource kubernetes" in error.remedy
    assert not pulumi.was_called
    (tmp_path / ".pulumi" / "plugins" / "resource-kubernetes-v4.0.0").mkdir(parents=True)
    pulumi_engine.up(ignore, ())


@pytest.mark.parametrize("version_answer", [{"code": 1}, {"stdout": "v2.25.0"}, {"stdout": "nonsense"}])
def test_a_pulumi_that_is_broken_or_old_is_one_error(
    pulumi_engine: PulumiEngine, pulumi: StandIn, version_answer: Mapping[str, Any]
) -> None:
    pulumi.answer(version=version_answer)
    error = refusal(pulumi_engine)
    assert error.exit_code == BAD_INPUT
    assert str(pulumi.folder / "pulumi") in error.message


def test_a_pulumi_of_another_machine_is_one_error(pulumi_engine: PulumiEngine, pulumi: StandIn) -> None:
    (pulumi.folder / "pulumi").write_bytes(b"\x7fELF of another machine")
    assert refusal(pulumi_engine).exit_code == BAD_INPUT
