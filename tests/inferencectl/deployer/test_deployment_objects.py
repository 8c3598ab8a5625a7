"""From a recording to objects: what is picked, named, ordered and refused."""

from typing import Any

import pytest

from inferencectl.deployer import KubernetesObject, kubernetes_objects
from inferencectl.deployer.objects import waves
from inferencectl.deployer.rendering import not_rendered, render
from inferencectl.program.recording import Recording, Resource
from inferencectl.workspace.errors import SandboxError


def resource(name: str, kind: str = "ConfigMap", **changes: Any) -> Resource:
    inputs = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "models"}}
    fields = {
        "urn": name,
        "type": f"kubernetes:core/v1:{kind}",
        "name": name,
        "custom": True,
        "parent": "",
        "inputs": inputs,
    }
    return Resource(**{**fields, **changes})


def component(name: str, parent: str = "", *dependencies: str) -> Resource:
    return resource(
        name, type="inference:index:Model", custom=False, parent=parent, inputs={}, dependencies=dependencies
    )


def objects_of(*resources: Resource) -> dict[str, KubernetesObject]:
    recording = Recording(project="inference", stack="test", resources=resources)
    return {item.urn: item for item in kubernetes_objects(recording)}


def test_only_objects_of_the_cluster_are_picked() -> None:
    provider = resource("provider", type="pulumi:providers:kubernetes", inputs={})
    password = resource("password", type="random:index/randomPassword:RandomPassword", inputs={"length": 8})
    model = resource("model", type="kubernetes:example.com/v1:Model")
    assert objects_of(provider, password, component("c"), resource("a"), model).keys() == {"a", "model"}


def test_depending_on_a_component_is_depending_on_all_of_its_objects() -> None:
    objects = objects_of(
        component("outer"),
        component("inner", "outer"),
        resource("one", parent="outer"),
        resource("two", parent="inner"),
        resource("user", dependencies=("outer",)),
    )
    assert set(objects["user"].dependencies) == {"one", "two"}


def test_a_dependency_passes_through_resources_that_are_not_objects() -> None:
    password = resource("password", type="random:index/randomPassword:RandomPassword", dependencies=("one",))
    objects = objects_of(resource("one"), password, resource("user", dependencies=("password",)))
    assert objects["user"].dependencies == ("one",)


def test_a_child_comes_after_the_object_that_is_its_parent() -> None:
    assert objects_of(resource("one"), resource("child", parent="one"))["child"].dependencies == ("one",)


def test_namespaces_and_definitions_come_first_without_being_asked() -> None:
    namespace = resource(
        "models", "Namespace", inputs={"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "models"}}
    )
    definition = resource(
        "definition",
        inputs={
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "models.example.com"},
            "spec": {"group": "example.com", "names": {"kind": "Model"}},
        },
    )
    metadata = {"name": "mnist", "namespace": "models"}
    model = resource("model", inputs={"apiVersion": "example.com/v1", "kind": "Model", "metadata": metadata})
    objects = objects_of(model, namespace, definition)
    assert set(objects["model"].dependencies) == {"models", "definition"}
    assert waves(objects.values()) == {"models": 0, "definition": 0, "model": 1}


def test_a_secret_of_strings_is_encoded_as_pulumi_does() -> None:
    metadata = {"name": "s", "namespace": "models"}
    inputs = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "data": {"a": "YQ=="},
        "stringData": {"b": "b"},
    }
    item = objects_of(resource("s", "Secret", inputs=inputs))["s"]
    assert item.manifest["data"] == {"a": "YQ==", "b": "Yg=="}
    assert "stringData" not in item.manifest


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        ([resource("a", inputs={"apiVersion": "v1", "kind": "ConfigMap", "metadata": None})], "no metadata.name"),
        ([resource("r", type="kubernetes:helm.sh/v3:Release", inputs={"chart": "x"})], "not a plain Kubernetes object"),
        ([resource("a", type="kubernetes:core/v1:ConfigMapPatch")], "patches an object"),
        ([resource("a"), resource("b", inputs=resource("a").inputs)], "registered twice"),
    ],
)
def test_what_cannot_be_deployed_is_refused_with_a_remedy(resources: list[Resource], words: str) -> None:
    with pytest.raises(SandboxError, match=words) as caught:
        objects_of(*resources)
    assert caught.value.exit_code == 2
    assert caught.value.remedy


def test_a_cycle_is_named() -> None:
    objects = objects_of(resource("a", dependencies=("b",)), resource("b", dependencies=("a",)))
    with pytest.raises(SandboxError, match=r"cycle: (a → b → a|b → a → b)"):
        waves(objects.values())


def test_what_has_no_manifest_is_named_beside_the_manifests_of_the_others() -> None:
    inputs = {"chart": "gpu-operator", "version": "v1", "namespace": "gpu"}
    release = resource("operator", type="kubernetes:helm.sh/v3:Release", inputs=inputs)
    recording = Recording(project="inference", stack="test", resources=(resource("a"), release))
    assert render(recording).count("kind: ") == 1
    (said,) = not_rendered(recording)
    assert said == "operator is a Release and has no manifest; chart gpu-operator, version v1, namespace gpu"
