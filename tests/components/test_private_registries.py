"""Images from private registries and mirrors: whoever pulls one is given the name of its credentials."""

import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from kubernetes import client

from inferencectl.program.recording import Recording, record_program
from tests.components.add_on.installed_monitoring import INSTALLATION
from tests.settings.settings_pools import KARPENTER, TIME_SLICING, stack
from tests.settings.settings_stack import ROOT, edited, problems
from versions import UPSTREAM_REGISTRIES

SECRETS = ("registry", "mirror")
MIRRORS = {registry: f"mirror.example/{registry.partition('.')[0]}" for registry in UPSTREAM_REGISTRIES}
TOOLS = f"tools.example/tools@sha256:{'7' * 64}"
EVERYTHING = {
    **stack([{**KARPENTER, "sharing": TIME_SLICING, "spare": 1}]),
    "verification": {"schedule": "*/15 * * * *", "image": TOOLS},
    "gpuSoftware": {"source": "manifests", "namespace": "gpu-operator"},
    "monitoring": {"scraperNamespace": "monitoring", "installation": INSTALLATION},
}
"""With pods of every kind that the platform has."""


def recorded(images: Mapping[str, Any] | None) -> Recording:
    edits = {**EVERYTHING, **({"images": images} if images else {})}
    return record_program(ROOT / "__main__.py", project="inference", stack="dev", config=edited(edits))


def accounts(recording: Recording) -> Mapping[str, Any]:
    """Every ServiceAccount, by its namespace and name."""
    found = (each.inputs for each in recording.resources if each.type == "kubernetes:core/v1:ServiceAccount")
    return {f"{each['metadata']['namespace']}/{each['metadata']['name']}": each for each in found}


def pod_accounts(recording: Recording) -> set[str]:
    """The accounts that pods run as, by namespace and name."""
    named = set[str]()
    for each in recording.resources:
        spec = each.inputs.get("spec") or {}
        pod = (spec.get("jobTemplate", {}).get("spec", spec).get("template") or {}).get("spec", {})
        if "containers" in pod:
            named.add(f"{each.inputs['metadata']['namespace']}/{pod['serviceAccountName']}")
    return named


def pulled(recording: Recording) -> set[str]:
    """The images of all pods."""
    return {image for each in recording.resources for image in _images(each.inputs)}


def _images(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("image"), str):
            yield value["image"]
        for each in value.values():
            yield from _images(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _images(each)


def test_every_pod_pulls_with_the_secrets() -> None:
    recording = recorded({"pullSecrets": SECRETS})
    found = accounts(recording)
    made = {"models-dev/iris", "models-dev/model-verification", "models-dev/image-prepull", "models-dev/shared-spare"}
    made |= {"monitoring/prometheus", "monitoring/alertmanager"}
    assert made < found.keys()
    assert pod_accounts(recording) <= found.keys()
    expected = [{"name": name} for name in SECRETS]
    assert {name: each.get("imagePullSecrets") for name, each in found.items()} == dict.fromkeys(found, expected)


def test_without_secrets_nothing_is_said_of_them() -> None:
    assert not [name for name, each in accounts(recorded(None)).items() if "imagePullSecrets" in each]


def test_the_api_server_gives_the_secrets_to_new_pods(api_client: client.ApiClient) -> None:
    core, namespace = client.CoreV1Api(api_client), f"test-{uuid.uuid4().hex[:8]}"
    core.create_namespace({"metadata": {"name": namespace}})
    try:
        account = next(iter(accounts(recorded({"pullSecrets": SECRETS})).values()))
        name = account["metadata"]["name"]
        core.create_namespaced_service_account(
            namespace, {**account, "metadata": {**account["metadata"], "namespace": namespace}}
        )
        spec = {"serviceAccountName": name, "containers": [{"name": "server", "image": TOOLS}]}
        pod = core.create_namespaced_pod(namespace, {"metadata": {"name": "iris"}, "spec": spec})
        assert [each.name for each in pod.spec.image_pull_secrets] == list(SECRETS)
    finally:
        core.delete_namespace(namespace)


def test_the_platforms_images_come_from_the_mirrors_by_the_same_digests() -> None:
    before, after = pulled(recorded(None)), pulled(recorded({"mirrors": MIRRORS}))
    upstream = re.compile(rf"(?:{'|'.join(map(re.escape, UPSTREAM_REGISTRIES))})/")
    assert len([image for image in before if upstream.match(image)]) >= 5
    assert not [image for image in after if upstream.match(image)]
    mirrored = {upstream.sub(lambda found: f"{MIRRORS[found[0][:-1]]}/", image) for image in before}
    assert after == mirrored


def test_an_image_that_the_stack_names_comes_from_where_it_says() -> None:
    images = {"tools": f"docker.io/team/tools@sha256:{'7' * 64}", "mirrors": {"docker.io": "mirror.example/hub"}}
    assert images["tools"] in pulled(recorded(images))


@pytest.mark.parametrize(
    ("images", "said"),
    [
        ({"mirrors": {"dockr.io": "mirror.example"}}, r"images\.mirrors.*dockr\.io.*did you mean 'docker\.io'\?"),
        ({"mirrors": {"docker.io": "mirror.example/hub:1"}}, r"images\.mirrors.*a registry, or a repository in it"),
        ({"pullSecrets": ["Registry_1"]}, r"images\.pullSecrets\[0\]"),
        ({"pullSecrets": ["registry", "registry"]}, r"images\.pullSecrets: .*each Secret once"),
    ],
)
def test_what_is_refused(images: Mapping[str, Any], said: str) -> None:
    (problem,) = problems({"images": images})
    assert re.search(said, problem), problem
