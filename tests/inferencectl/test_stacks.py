"""The committed stacks on the real control plane: they come up, stay, change as said, and guard themselves."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kubernetes.client import ApiClient

from inferencectl.deployer import Action, Change
from tests.inferencectl.rest import Rest
from tests.inferencectl.stacks import Stack, deployed, in_namespace, model, pods


@pytest.fixture(scope="module")
def dev(api_client: ApiClient) -> Iterator[Stack]:
    """The dev stack, deployed; a test that edits it brings it back."""
    yield from deployed(api_client, "dev")


@pytest.fixture(scope="module")
def prod(api_client: ApiClient) -> Iterator[Stack]:
    yield from deployed(api_client, "prod")


@pytest.fixture
def staging(api_client: ApiClient) -> Iterator[Stack]:
    """The staging stack, for one test: the nodes have no room for all three at a time."""
    yield from deployed(api_client, "staging")


@pytest.fixture
def another(api_client: ApiClient) -> Iterator[Stack]:
    """A dev stack of one test's own."""
    yield from deployed(api_client, "dev")


Eventually = Callable[[Callable[[], object]], object]


def changes(of: tuple[Change, ...]) -> set[tuple[str, str, str]]:
    return {(change.action.value, change.kind, change.name) for change in of}


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_every_model_is_ready_and_a_second_run_changes_nothing(
    request: pytest.FixtureRequest, rest: Rest, eventually: Eventually, name: str
) -> None:
    stack: Stack = request.getfixturevalue(name)
    served = {f"{entry.key.name}" for entry in stack.objects() if entry.key.kind in ("Deployment", "StatefulSet")}

    def all_are_ready() -> bool:
        workloads = {
            **rest.items(in_namespace(stack, "deployments", "apps/v1")),
            **rest.items(in_namespace(stack, "statefulsets", "apps/v1")),
        }
        assert set(workloads) == served
        autoscalers = rest.items(in_namespace(stack, "horizontalpodautoscalers", "autoscaling/v2")).values()
        least = {each["spec"]["scaleTargetRef"]["name"]: each["spec"]["minReplicas"] for each in autoscalers}
        return all(
            each["status"].get("readyReplicas") == each["spec"]["replicas"] >= least.get(name, 1)
            for name, each in workloads.items()
        )

    # A new workload starts with one pod, and its autoscaler raises it to the minimum some seconds later.
    eventually(all_are_ready)
    again = stack.up()
    assert again.counts == Counter({Action.UNCHANGED: len(stack.objects())}), again.changed


PROD_VERSIONS = {"mnist-v1", "mnist-v2", "iris-v1", "resnet50-v7", "bert-v2", "recommender-v3"}


def test_prod_has_two_pods_of_everything_on_different_nodes(rest: Rest, prod: Stack, eventually: Eventually) -> None:
    def nodes_by_version() -> dict[str, list[str | None]]:
        found: dict[str, list[str | None]] = {}
        for pod in pods(rest, prod, component="model-server"):
            version = pod["metadata"]["labels"]["app.kubernetes.io/instance"]
            found.setdefault(version, []).append(pod["spec"].get("nodeName"))
        return found

    # The stack leaves the number to the autoscaler, which is the real one and raises a new workload to its minimum.
    eventually(lambda: nodes_by_version().keys() == PROD_VERSIONS)
    eventually(lambda: all(len(nodes) >= 2 and None not in nodes for nodes in nodes_by_version().values()))
    for version, nodes in nodes_by_version().items():
        # A pod that is replaced may still be there, on the node of its successor.
        assert len(set(nodes)) >= 2, version


def test_gpu_models_run_on_gpu_nodes_and_no_others_do(rest: Rest, prod: Stack) -> None:
    labels = {name: node["metadata"]["labels"] for name, node in rest.items("/api/v1/nodes").items()}
    for pod in pods(rest, prod, component="model-server"):
        on_gpu_node = labels[pod["spec"]["nodeName"]].get("nvidia.com/gpu.present") == "true"
        of_gpu_model = pod["metadata"]["labels"]["app.kubernetes.io/name"] == "resnet50"
        assert on_gpu_node is of_gpu_model, pod["metadata"]["name"]


def test_images_are_pulled_on_every_node_that_needs_them(rest: Rest, prod: Stack) -> None:
    labels = {name: node["metadata"]["labels"] for name, node in rest.items("/api/v1/nodes").items()}
    gpu = {name for name, of in labels.items() if of.get("nvidia.com/gpu.present") == "true"}
    for kind, nodes in (("cpu", set(labels) - gpu), ("gpu", gpu)):
        assert {pod["spec"]["nodeName"] for pod in pods(rest, prod, name=f"image-prepull-{kind}")} == nodes


def test_addresses_have_the_ready_pods_of_their_version_behind_them(rest: Rest, dev: Stack) -> None:
    slices = rest.items(in_namespace(dev, "endpointslices", "discovery.k8s.io/v1")).values()
    behind: dict[str, set[str]] = {}
    for found in slices:
        service = found["metadata"]["labels"]["kubernetes.io/service-name"]
        ready = {each["targetRef"]["name"] for each in found["endpoints"] or [] if each["conditions"]["ready"]}
        behind.setdefault(service, set()).update(ready)

    def of(instance: str) -> set[str]:
        return {pod["metadata"]["name"] for pod in pods(rest, dev, instance=instance)}

    assert behind == {
        "mnist": of("mnist-v1"),
        "mnist-v1": of("mnist-v1"),
        "mnist-v2": of("mnist-v2"),
        "iris": of("iris-v1"),
        "iris-v1": of("iris-v1"),
        "recommender": of("recommender-v3"),
        "recommender-v3": of("recommender-v3"),
        "recommender-v3-pods": of("recommender-v3"),
    }
    assert all(behind.values())


def test_a_stateful_model_has_stable_names_and_its_volume(rest: Rest, dev: Stack) -> None:
    names = {pod["metadata"]["name"] for pod in pods(rest, dev, name="recommender", component="model-server")}
    assert names == {"recommender-v3-0", "recommender-v3-1"}
    claim = rest.get(in_namespace(dev, "persistentvolumeclaims/recommender-models"))
    assert claim["status"]["phase"] == "Bound"
    assert claim["spec"]["storageClassName"] == "encrypted"
    (job,) = rest.items(in_namespace(dev, "jobs", "batch/v1")).values()
    assert job["status"]["succeeded"] == 1


def test_budgets_count_their_pods(rest: Rest, prod: Stack, eventually: Eventually) -> None:
    budgets = in_namespace(prod, "poddisruptionbudgets", "policy/v1")
    assert set(rest.items(budgets)) == PROD_VERSIONS

    def every_pod_is_counted() -> bool:
        return all(
            budget["status"]["currentHealthy"] == len(pods(rest, prod, instance=name)) >= 2
            and budget["status"]["disruptionsAllowed"] == 1
            for name, budget in rest.items(budgets).items()
        )

    eventually(every_pod_is_counted)


def test_network_policies_select_the_pods_they_are_meant_for(rest: Rest, dev: Stack) -> None:
    policies = rest.items(in_namespace(dev, "networkpolicies", "networking.k8s.io/v1"))
    everything = {pod["metadata"]["name"] for pod in pods(rest, dev)}

    def selected(name: str) -> set[str]:
        labels = policies[name]["spec"]["podSelector"].get("matchLabels", {}).items()
        return {pod["metadata"]["name"] for pod in pods(rest, dev) if labels <= pod["metadata"]["labels"].items()}

    assert selected("default-deny") == selected("allow-dns") == everything
    for name in ("mnist", "iris", "recommender"):
        assert selected(name) == {
            pod["metadata"]["name"] for pod in pods(rest, dev, name=name, component="model-server")
        }
        assert selected(name)
    imports = {pod["metadata"]["name"] for pod in pods(rest, dev, component="model-import")}
    assert selected("recommender-import") == imports
    assert imports


def test_one_weight_is_one_change(dev: Stack) -> None:
    before = dev.recording()

    def shift(platform: dict[str, Any]) -> None:
        first, second = model(platform, "mnist")["versions"]
        first["weight"], second["weight"] = 80, 20

    dev.edit(shift)
    try:
        plan = dev.preview()
        (change,) = plan.changed
        assert changes(plan.changed) == {("update", "HTTPRoute", "mnist")}
        assert {field.path.rpartition(".")[2] for field in change.fields} == {"weight"}
        assert {(field.before, field.after) for field in change.fields} == {(90, 80), (10, 20)}
    finally:
        dev.edit(lambda platform: [entry.update(weight=w) for entry, w in zip(
            model(platform, "mnist")["versions"], (90, 10), strict=True)])  # fmt: skip
    assert dev.recording() == before


def test_one_replica_count_is_one_change(dev: Stack) -> None:
    dev.edit(lambda platform: model(platform, "recommender").update(replicas=3))
    try:
        (change,) = dev.preview().changed
        assert (change.action, change.kind, change.name) == (Action.UPDATE, "StatefulSet", "recommender-v3")
        assert [(field.path, field.before, field.after) for field in change.fields] == [("spec.replicas", 2, 3)]
    finally:
        dev.edit(lambda platform: model(platform, "recommender").update(replicas=2))


def test_a_removed_model_takes_exactly_its_objects_with_it(another: Stack) -> None:
    another.edit(lambda platform: platform["models"].remove(model(platform, "iris")))
    expected = {
        ("delete", "Deployment", "iris-v1"),
        ("delete", "ConfigMap", "iris-v1-config"),
        ("delete", "HorizontalPodAutoscaler", "iris-v1"),
        ("delete", "NetworkPolicy", "iris"),
        ("delete", "PodDisruptionBudget", "iris-v1"),
        ("delete", "Service", "iris"),
        ("delete", "Service", "iris-v1"),
        ("delete", "ServiceAccount", "iris"),
    }
    assert changes(another.preview().changed) == expected
    assert changes(another.up().changed) == expected
    assert another.up().changed == ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"securityContext": {"privileged": True}}, "violates PodSecurity"),
        ({"image": "docker.io/tensorflow/serving:latest"}, "S01 Images are pinned"),
        ({"resources": {"requests": {"cpu": "1000"}, "limits": {"cpu": "1000"}}}, "exceeded quota"),
    ],
    ids=["privileged", "not pinned", "over the quota"],
)
def test_the_namespace_refuses(rest: Rest, dev: Stack, change: dict[str, Any], reason: str) -> None:
    (pod, *_) = pods(rest, dev, name="iris")
    spec = {key: value for key, value in pod["spec"].items() if key != "nodeName"}
    spec["containers"] = [{**spec["containers"][0], **change}]
    intruder = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "intruder"}, "spec": spec}
    with pytest.raises(AssertionError, match=reason):
        rest.post(in_namespace(dev, "pods"), intruder)
