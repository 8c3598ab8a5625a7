"""Images of ours: what is built, and that the pods run exactly what was pushed."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from components.image_builds.manifests import with_pushed
from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.program.recording import Recording, Resource, record_program
from inferencectl.program.run import run_program
from inferencectl.workspace.errors import SandboxError
from inferencectl.workspace.files import write_atomically
from inferencectl.workspace.project import Project
from settings import images_of, load
from tests.components.conftest import pushed_digest
from tests.components.image_builds.image_builds import BUILD
from tests.components.model_service.signing import PUBLIC_KEY, TOOLS_IMAGE
from tests.images.dockerfile import DOCKERFILES
from tests.settings.settings_stack import ROOT, edited, problems
from versions import BUILT_FOR_DEVICES, RUNTIME_IMAGES

VERIFICATION = {"schedule": "*/15 * * * *"}


def recorded(edits: Mapping[str, Any]) -> Recording:
    return record_program(ROOT / "__main__.py", project="inference", stack="dev", config=edited(edits))


def images(recording: Recording) -> dict[str, Resource]:
    return {each.name: each for each in recording.resources if each.type.startswith("docker:")}


def pods(recording: Recording) -> dict[str, Any]:
    """The pods by the names of their workloads."""
    found: dict[str, Any] = {}
    for each in recording.resources:
        spec = each.inputs.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            found[each.inputs["metadata"]["name"]] = spec["template"]["spec"]
    return found


def pulled(pod: Any) -> dict[str, str]:
    containers = [*pod.get("initContainers", ()), *pod["containers"]]
    return {container["name"]: container["image"] for container in containers}


def pushed(folder: str, suffix: str = "") -> str:
    repository = f"registry.example/inference/{folder}"
    return f"{repository}@{pushed_digest(f'{repository}:1.0{suffix}')}"


def test_the_digest_of_what_was_pushed_is_what_every_pod_runs() -> None:
    made = pods(recorded({"images": {"build": BUILD}, "verification": VERIFICATION}))
    tools, server = pushed("tools"), pushed("tensorflow-serving", "-cpu")
    assert pulled(made["mnist-v1"]) == {"fetch-model": tools, "model-server": server}
    assert pulled(made["model-verification"]) == {"fetch-expectations": tools, "verify": tools}
    imports = [pod for name, pod in made.items() if re.fullmatch(r"recommender-v3-import.*", name)]
    assert [set(pulled(pod).values()) for pod in imports] == [{tools}]
    assert {pulled(made["image-prepull-cpu"])[f"pull-{index}"] for index in range(2)} == {tools, server}
    everywhere = {image for pod in made.values() for image in pulled(pod).values()}
    assert not {image for image in everywhere if "rclone" in image or "tensorflow/serving" in image}


def test_what_runs_an_image_waits_for_its_build() -> None:
    recording = recorded({"images": {"build": BUILD}})
    built = images(recording)
    (deployment,) = (
        each
        for each in recording.resources
        if each.inputs.get("metadata", {}).get("name") == "mnist-v1" and each.type.endswith(":Deployment")
    )
    assert {each.urn for each in built.values()} <= set(deployment.dependencies)


def test_what_is_built_is_the_folder_of_the_checkout_for_the_servers_platform() -> None:
    built = images(recorded({"images": {"build": BUILD}}))
    assert built.keys() == {"image-builds-tools", "image-builds-tensorflow-serving-cpu"}
    server = built["image-builds-tensorflow-serving-cpu"].inputs
    assert server["imageName"] == "registry.example/inference/tensorflow-serving:1.0-cpu"
    assert server["build"] == {
        "context": ".",
        "dockerfile": "./model_images/tensorflow-serving/Dockerfile",
        "args": {"VERSION": "1.0", "BUILD": "cpu"},
        "builderVersion": "BuilderBuildKit",
        "platform": "linux/amd64",
    }
    assert (server["buildOnPreview"], server["skipPush"]) == (False, False)
    assert "registry" not in server
    for each in built.values():
        assert (ROOT / each.inputs["build"]["dockerfile"]).is_file()
    assert built["image-builds-tools"].inputs["build"]["args"] == {"VERSION": "1.0"}


def test_nothing_is_built_where_the_stack_does_not_say_so() -> None:
    for edits in ({}, {"images": {"tools": TOOLS_IMAGE}}):
        recording = recorded(edits)
        assert images(recording) == {}
        assert "inference:index:ImageBuilds" not in {each.type for each in recording.resources}


def test_an_image_that_was_not_built_keeps_its_reference() -> None:
    before = images_of(load("dev", edited({})), {})
    after = with_pushed(before, {before.fetcher: "pushed"})
    assert (after.fetcher, after.by_model) == ("pushed", before.by_model)


def names_built(edits: Mapping[str, Any]) -> set[str]:
    return {image.name for image in images_of(load("dev", edited({"images": {"build": BUILD}, **edits})), {}).builds}


def test_only_what_the_stack_uses_is_built() -> None:
    assert names_built({}) == {"tools", "tensorflow-serving-cpu"}
    triton = {"models.1.runtime": "triton", "models.1.triton": {"backend": "onnxruntime"}}
    assert names_built(triton) == {"tools", "tensorflow-serving-cpu", "triton"}
    own = {f"models.{index}.image": TOOLS_IMAGE for index in range(3)}
    assert names_built(own) == {"tools"}


def test_a_server_on_gpus_is_built_for_them() -> None:
    assert "tensorflow-serving-gpu" in names_built({"models.1.resources": "gpu"})


@pytest.mark.parametrize("runtime", RUNTIME_IMAGES)
def test_every_server_can_be_built_and_is_reported_its_device_if_it_has_to_know(runtime: str) -> None:
    (dockerfile,) = (each for each in DOCKERFILES if each.name == runtime)
    assert ("BUILD" in dockerfile.arguments) is (runtime in BUILT_FOR_DEVICES)
    assert "VERSION" in dockerfile.arguments


def test_a_registry_without_a_host_in_its_digests_is_named_by_its_host() -> None:
    made = pods(recorded({"images": {"build": {**BUILD, "registry": "docker.io/team"}}}))
    assert (
        pulled(made["mnist-v1"])["fetch-model"] == f"docker.io/team/tools@{pushed_digest('docker.io/team/tools:1.0')}"
    )


def test_built_tools_verify_signatures_and_what_is_served() -> None:
    asked = {"signing": {"publicKey": PUBLIC_KEY}, "verification": VERIFICATION}
    load("dev", edited({**asked, "images": {"build": BUILD}}))
    (problem,) = problems({"verification": VERIFICATION})
    assert problem.startswith(".verification.image: missing; expected the image that holds the checks")


def test_an_image_is_prebuilt_or_built_and_not_both() -> None:
    (problem,) = problems({"images": {"tools": TOOLS_IMAGE, "build": BUILD}})
    assert problem.startswith(".images.tools: set, but build also makes this image")


@pytest.mark.parametrize(
    "registry", ["", "team", "registry.example/team:1.0", "registry.example/Team", "registry.example//x", "a.b/c@d"]
)
def test_what_is_no_registry_is_refused(registry: str) -> None:
    (problem,) = problems({"images": {"build": {**BUILD, "registry": registry}}})
    assert problem.startswith(".images.build.registry: ")
    assert "expected a registry, or a repository in it, without tag" in problem


def test_a_tag_and_nothing_else_can_be_chosen() -> None:
    (problem,) = problems({"images": {"build": {**BUILD, "tag": "1 0"}}})
    assert problem.startswith(".images.build.tag: ")
    (problem,) = problems({"images": {"build": {**BUILD, "context": "."}}})
    assert problem.startswith(".images.build.context: ")


def test_the_sandbox_refuses_to_build_by_the_name_of_the_setting(tmp_path: Path) -> None:
    text = (ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    built = text.replace("    namespace: ", f"    images: {{build: {dict(BUILD)}}}\n    namespace: ", 1)
    write_atomically(tmp_path / "Pulumi.dev.yaml", built)
    with pytest.raises(SandboxError, match=r"Pulumi\.dev\.yaml: inference:platform\.images\.build: ") as refused:
        run_program(Project(tmp_path), "dev")
    assert refused.value.exit_code == 2
    assert "pulumi command" in refused.value.remedy


def test_the_policies_judge_a_stack_that_builds(tmp_path: Path) -> None:
    configuration = tmp_path / "policies.json"
    of_dev = json.loads((ROOT / "policies" / "config" / "dev.json").read_text(encoding="utf-8"))
    of_dev["rules"]["registries"] = ["registry.example/inference", "registry.k8s.io"]
    configuration.write_text(json.dumps(of_dev))
    with Analyzer(ROOT / "policies", "inference", "dev", configuration) as pack:
        findings = pack.analyze(recorded({"images": {"build": BUILD}}).resources)
    assert [finding for finding in findings if finding.level == "mandatory"] == []
