"""Istio as the stack installs it: before its users and after them, whole or not at all, and known to the policies."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components import AddOn, IngressGateway, ServiceMesh, ServiceMeshArgs
from inferencectl.deployer import kubernetes_objects
from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.policy_check.finding import Finding
from inferencectl.program.recording import Recording, Resource, record
from inferencectl.workspace.errors import SandboxError
from tests.components.add_on.installed_mesh import IMAGES, add_on, mesh
from tests.components.ingress_gateway import owned_gateway

POLICIES = Path(__file__).parents[3] / "policies"


def stack(**installation: Any) -> Recording:
    def program() -> None:
        of = mesh(**installation)
        inside = AddOn("istio", add_on(of)).before("models")
        ServiceMesh("mesh", ServiceMeshArgs(namespace=inside, mesh=of, models=[]))
        IngressGateway("way-in", replace(owned_gateway.args_of(owned_gateway.ISTIO), models=inside))

    return record(program, project="inference", stack="test")


def releases(recording: Recording) -> Mapping[str, Resource]:
    return {each.name: each for each in recording.resources if each.type == "kubernetes:helm.sh/v3:Release"}


def needed(recording: Recording, resource: Resource) -> set[str]:
    """The names of all that is made before a resource, and deleted after it."""
    by_urn = {each.urn: each for each in recording.resources}
    found: set[str] = set()
    waiting = [*resource.dependencies]
    while waiting:
        each = by_urn.get(waiting.pop())
        if each and each.name not in found:
            found.add(each.name)
            waiting += each.dependencies
    return found


def test_the_plug_in_is_on_the_nodes_before_the_control_plane_gives_pods_a_proxy() -> None:
    recording = stack()
    made = releases(recording)
    assert list(made) == ["istio-istio-base", "istio-istio-cni", "istio-istiod"]
    assert {"istio-istio-base", "istio-istio-cni"} <= needed(recording, made["istio-istiod"])
    assert {"istio-istio-system-closed", "istio-istio-cni-closed"} <= needed(recording, made["istio-istio-base"])


def test_whatever_is_in_the_mesh_is_made_after_it_and_deleted_before_it() -> None:
    recording = stack()
    users = [each for each in recording.resources if each.name.startswith("mesh-")]
    assert len(users) == 4
    for each in users:
        assert "istio-istiod" in needed(recording, each), each.name


def test_a_gateway_of_the_stack_waits_for_the_definitions_and_the_controller() -> None:
    recording = stack()
    users = {each.name: each for each in recording.resources if each.name in ("way-in-telemetry", "way-in-gateway")}
    assert len(users) == 2
    for each in users.values():
        assert "istio-istiod" in needed(recording, each), each.name


def test_a_release_is_whole_or_taken_back() -> None:
    for each in releases(stack()).values():
        assert (each.inputs["atomic"], each.inputs["timeout"]) == (True, 600)
        assert "skipAwait" not in each.inputs


@pytest.mark.parametrize(
    ("charts", "chart", "repository"),
    [
        ("https://charts.example/istio", "cni", {"repo": "https://charts.example/istio"}),
        ("oci://registry.example/charts", "oci://registry.example/charts/cni", None),
    ],
)
def test_charts_are_of_the_version_and_from_the_place_that_is_set(
    charts: str, chart: str, repository: Mapping[str, str] | None
) -> None:
    inputs = releases(stack(charts=charts))["istio-istio-cni"].inputs
    assert (inputs["chart"], inputs["version"], inputs["namespace"]) == (chart, "1.31.2", "istio-cni")
    assert inputs.get("repositoryOpts") == repository


def findings(environment: str, directory: Path, recording: Recording) -> list[Finding]:
    """What the pack says where the registry of the images is trusted."""
    configured = json.loads((POLICIES / "config" / f"{environment}.json").read_text(encoding="utf-8"))
    configured["rules"]["registries"] = ["registry.example/istio"]
    (directory / "policies.json").write_text(json.dumps(configured), encoding="utf-8")
    with Analyzer(POLICIES, "inference", environment, directory / "policies.json") as pack:
        return list(pack.analyze(recording.resources))


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_the_policies_know_why_one_namespace_is_privileged_and_say_what_they_do_not_judge(
    environment: str, tmp_path: Path
) -> None:
    found = findings(environment, tmp_path, stack())
    assert [each for each in found if each.level == "mandatory"] == []
    assert len([each for each in found if each.rule == "S04"]) == 3


def test_another_privileged_namespace_is_refused(tmp_path: Path) -> None:
    found = findings("prod", tmp_path, stack(cniNamespace="nodes"))
    assert {each.rule for each in found if each.level == "mandatory"} == {"P18"}


def test_images_of_another_registry_are_refused(tmp_path: Path) -> None:
    other = {key: image.replace("registry.example", "other.example") for key, image in IMAGES.items()}
    found = findings("prod", tmp_path, stack(images=other))
    assert {each.field for each in found if each.rule == "S02"} == {
        *("values.image", "values.global.proxy.image", "values.global.proxy_init.image"),
    }


def test_the_sandbox_refuses_before_it_changes_anything() -> None:
    with pytest.raises(SandboxError, match="istio-istio-base") as caught:
        kubernetes_objects(stack())
    assert (caught.value.exit_code, "pulumi" in str(caught.value.remedy)) == (2, True)
