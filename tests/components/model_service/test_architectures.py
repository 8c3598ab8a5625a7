"""Pods run only on nodes of an architecture that all of their images are built for."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from inferencectl.deployer import kubernetes_objects
from inferencectl.program.recording import record_program
from settings import Architecture, load
from tests.components.model_service.signing import TOOLS_IMAGE
from tests.settings.settings_pools import EXISTING, stack
from tests.settings.settings_stack import IRIS, MNIST, RECOMMENDER, ROOT, edited, problems
from versions import locked_images

IMAGE = f"registry.example/team/server@sha256:{'5' * 64}"
BOTH = ["amd64", "arm64"]
OWN: Mapping[str, Any] = {"models.1.image": IMAGE, "models.1.architectures": BOTH}
FULL: Mapping[str, Any] = {
    **stack([{**EXISTING, "sharing": {"strategy": "time-slicing", "replicas": 4}, "spare": 1}]),
    "verification": {"schedule": "@daily", "image": TOOLS_IMAGE},
    "gpuSoftware": {"source": "manifests", "namespace": "gpu-operator"},
}


def pod_specs(edits: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The pods of every workload of the dev stack, by kind and name."""
    recording = record_program(ROOT / "__main__.py", project="inference", stack="dev", config=edited(edits))
    for item in kubernetes_objects(recording):
        spec = item.manifest.get("spec") or {}
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec and "containers" in spec["template"].get("spec", {}):
            yield f"{item.key.kind} {item.key.name}", spec["template"]["spec"]


def architectures(spec: Mapping[str, Any]) -> list[list[str]]:
    """The architectures in each term of what a pod requires of its node."""
    required = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    return [
        [*each["values"]]
        for term in required["nodeSelectorTerms"]
        for each in term["matchExpressions"]
        if (each["key"], each["operator"]) == ("kubernetes.io/arch", "In")
    ]


def test_every_pod_of_a_stack_says_which_nodes_it_runs_on() -> None:
    found = {name: architectures(spec) for name, spec in pod_specs(FULL)}
    kinds = {name.partition(" ")[0] for name in found}
    assert kinds == {"CronJob", "DaemonSet", "Deployment", "Job", "StatefulSet"}
    assert [name for name, terms in found.items() if not terms or not all(terms)] == []


def test_an_image_of_several_architectures_runs_on_each_and_is_pulled_where_all_do() -> None:
    found = {name: architectures(spec) for name, spec in pod_specs(OWN)}
    assert found["Deployment iris-v1"] == [BOTH]
    assert found["Deployment mnist-v1"] == found["DaemonSet image-prepull-cpu"] == [["amd64"]]


def test_both_images_of_a_pod_have_to_run() -> None:
    tools = {"images": {"tools": TOOLS_IMAGE, "architectures": ["arm64"]}}
    assert problems(tools) == [
        (
            f"{path}.architectures: amd64, while files are copied on arm64; expected an architecture that both images "
            "are built for; build them for several, and state those in architectures"
        )
        for path in (MNIST, IRIS, RECOMMENDER)
    ]
    platform = load("dev", edited({**OWN, "images": {"tools": TOOLS_IMAGE}}))
    assert platform.architectures_of(platform.models[1]) == (Architecture.AMD64,)


@pytest.mark.parametrize(
    ("edits", "line"),
    [
        (
            {"models.1.architectures": BOTH},
            (
                f"{IRIS}.architectures: has no effect without image; expected no architectures, as those of the "
                "platform's images are known, or an image"
            ),
        ),
        (
            {"images": {"build": {"registry": "registry.example", "tag": "1"}, "architectures": BOTH}},
            (
                ".images.architectures: has no effect with build, which makes images for amd64; expected no "
                "architectures, or prebuilt images"
            ),
        ),
        (
            {"models.1.image": IMAGE, "models.1.architectures": ["x86"]},
            f'{IRIS}.architectures[0]: "x86"; expected amd64 or arm64',
        ),
    ],
)
def test_architectures_are_stated_where_they_are_not_known(edits: Mapping[str, Any], line: str) -> None:
    assert problems(edits) == [line]


def test_every_image_of_the_platform_has_known_architectures() -> None:
    assert {each for image in locked_images() for each in image.architectures} <= set(Architecture)
