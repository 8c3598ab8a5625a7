"""The whole program, unmodified, for each committed stack."""

from collections import Counter
from pathlib import Path

import pytest

import settings
from inferencectl.policy_check.verdict import analyzer_of, judge
from inferencectl.program.recording import Resource
from inferencectl.program.run import ProgramRun, run_program
from inferencectl.workspace.project import Project
from tests.committed_stacks import STACKS

PROJECT = Project(Path(__file__).parents[1])
CLUSTER_WIDE = {
    "ClusterRole",
    "ClusterRoleBinding",
    "Namespace",
    "PriorityClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
}


@pytest.fixture(scope="module", params=STACKS)
def run(request: pytest.FixtureRequest) -> ProgramRun:
    return run_program(PROJECT, request.param)


def objects(run: ProgramRun) -> list[Resource]:
    return [resource for resource in run.recording.resources if resource.type.startswith("kubernetes:")]


def test_there_is_a_stack_for_development_and_one_for_production() -> None:
    environments = [run_program(PROJECT, stack).platform.environment for stack in STACKS]
    assert {settings.Environment.DEV, settings.Environment.PROD} <= set(environments)


def test_every_object_belongs_to_a_component_and_only_components_stand_alone(run: ProgramRun) -> None:
    components = {resource.urn for resource in run.recording.resources if not resource.custom}
    known = {resource.urn for resource in run.recording.resources}
    (provider,) = (resource for resource in run.recording.resources if resource.type.startswith("pulumi:providers:"))
    for resource in run.recording.resources:
        if resource.parent in known:
            assert resource.parent in components, resource.urn
        else:
            assert resource.urn == provider.urn or resource.urn in components, resource.urn
    assert {resource.parent in components for resource in objects(run)} == {True}


def test_names_are_unique_in_the_program_and_in_the_cluster(run: ProgramRun) -> None:
    names = Counter((resource.type, resource.name) for resource in run.recording.resources)
    keys = Counter((item.inputs["kind"], item.inputs["metadata"]["name"]) for item in objects(run))
    assert max(names.values()) == 1
    assert max(keys.values()) == 1


def test_every_object_goes_to_the_cluster_that_the_stack_names(run: ProgramRun) -> None:
    (provider,) = (resource for resource in run.recording.resources if resource.type.startswith("pulumi:providers:"))
    assert provider.inputs["context"] == run.platform.cluster.context
    for item in objects(run):
        assert item.provider.startswith(f"{provider.urn}::"), item.urn


def test_pulumi_changes_objects_in_place(run: ProgramRun) -> None:
    (provider,) = (resource for resource in run.recording.resources if resource.type.startswith("pulumi:providers:"))
    for option in ("enablePatchForce", "enableConfigMapMutable", "enableSecretMutable"):
        assert provider.inputs[option] in {True, "true"}, option


def test_every_object_is_in_the_namespace_of_the_stack(run: ProgramRun) -> None:
    for item in objects(run):
        cluster_wide = item.inputs["kind"] in CLUSTER_WIDE
        assert item.inputs["metadata"].get("namespace") == (None if cluster_wide else run.platform.namespace), item.urn


def test_no_service_account_of_the_stack_has_a_role(run: ProgramRun) -> None:
    """Who may deploy a model may run it as any of them."""
    bound = [subject for item in objects(run) for subject in item.inputs.get("subjects", ())]
    assert [subject for subject in bound if subject["kind"] == "ServiceAccount"] == []


def test_every_model_is_a_service_and_every_version_a_workload(run: ProgramRun) -> None:
    services = [item.name for item in run.recording.resources if item.type == "inference:index:ModelService"]
    assert services == [model.name for model in run.platform.models]
    workloads = {
        item.inputs["metadata"]["name"] for item in objects(run) if item.inputs["kind"] in ("Deployment", "StatefulSet")
    }
    assert workloads == {
        f"{model.name}-v{version.version}" for model in run.platform.models for version in model.versions
    }


def test_the_exports_say_where_every_model_is_reached(run: ProgramRun) -> None:
    assert run.recording.outputs["namespace"] == run.platform.namespace
    addresses = run.recording.outputs["addresses"]
    assert addresses.keys() == {model.name for model in run.platform.models}
    for model in run.platform.models:
        host = run.platform.hostname_of(model) or f"{model.name}.{run.platform.namespace}.svc"
        assert host in addresses[model.name]
        assert addresses[model.name].endswith(f"/v1/models/{model.name}")


def test_the_policies_find_no_violation_and_nothing_to_mend(run: ProgramRun) -> None:
    verdict = judge(analyzer_of(PROJECT, run.recording.stack), run.recording)
    assert verdict.violations == ()
    assert verdict.remediations == ()


def test_a_second_run_registers_the_same(run: ProgramRun) -> None:
    again = run_program(PROJECT, run.recording.stack).recording
    assert sorted(again.resources, key=lambda item: item.urn) == sorted(
        run.recording.resources, key=lambda item: item.urn
    )
    assert again.outputs == run.recording.outputs
