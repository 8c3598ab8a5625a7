"""What holds of every component: the contract that the rest of the platform relies on."""

import inspect
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from kubernetes.client import ApiClient, CoreV1Api

import components
from inferencectl.deployer import Action, Deployer, KubernetesObject, kubernetes_objects, plain_objects
from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.program.recording import Recording, Resource, record
from tests.components.examples import EXAMPLES, Construct, every_example

POLICY_PACK = Path(__file__).parents[2] / "policies"


def recorded(*instances: tuple[Construct, str], namespace: str = "models") -> Recording:
    """The components, each under a name, below a provider of their own."""

    def program() -> None:
        provider = kubernetes.Provider("cluster", context="example")
        for construct, name in instances:
            construct(name, namespace, pulumi.ResourceOptions(provider=provider))

    return record(program, project="inference", stack="test")


def children(recording: Recording) -> list[Resource]:
    return [each for each in recording.resources if each.custom and not each.type.startswith("pulumi:")]


def in_cluster(recording: Recording) -> list[Resource]:
    """The children that are objects; of a Helm release, only the cluster knows those."""
    found = (child for child in children(recording) if child.type.startswith("kubernetes:"))
    return [child for child in found if not child.type.startswith("kubernetes:helm.sh/")]


def component(recording: Recording) -> Resource:
    (found,) = (resource for resource in recording.resources if resource.type.startswith("inference:"))
    return found


def test_every_component_has_an_example() -> None:
    public = {
        name
        for name, value in vars(components).items()
        if inspect.isclass(value) and issubclass(value, pulumi.ComponentResource)
    }
    assert {name.partition("-")[0] for name in EXAMPLES} == public


@every_example
def test_token_is_of_the_package(construct: Construct) -> None:
    made = component(recorded((construct, "one")))
    assert made.type.startswith("inference:index:")
    assert not made.custom


@every_example
def test_every_child_is_parented_and_has_the_components_name_as_prefix(construct: Construct) -> None:
    recording = recorded((construct, "one"))
    owner = component(recording)
    assert children(recording)
    for child in children(recording):
        assert child.parent == owner.urn, child.urn
        assert child.name.startswith("one-"), child.urn


@every_example
def test_outputs_are_registered_and_are_the_attributes(construct: Construct) -> None:
    recording = recorded((construct, "one"))
    outputs = component(recording).outputs
    assert outputs is not None
    for name, value in outputs.items():
        assert isinstance(value, str), name
        assert value, name


@every_example
def test_two_instances_do_not_collide(construct: Construct) -> None:
    recording = recorded((construct, "one"), (construct, "two"))
    names = Counter((child.type, child.name) for child in children(recording))
    assert max(names.values()) == 1
    objects = plain_objects(recording)
    assert len(objects) == 2 * len(plain_objects(recorded((construct, "one"))))


@every_example
def test_the_provider_is_inherited(construct: Construct) -> None:
    recording = recorded((construct, "one"))
    (provider,) = (resource for resource in recording.resources if resource.type == "pulumi:providers:kubernetes")
    for child in in_cluster(recording):
        assert child.provider.startswith(provider.urn), child.urn


@every_example
def test_the_callers_options_stay_the_components_own(construct: Construct) -> None:
    def program() -> None:
        construct("one", "models", pulumi.ResourceOptions(protect=False, aliases=[pulumi.Alias(name="earlier")]))

    recording = record(program, project="inference", stack="test")
    assert component(recording).aliases == ("earlier",)
    for child in children(recording):
        # The SDK derives a child's alias from its parent's; the caller's own must not be repeated on it.
        assert "earlier" not in child.aliases, child.urn


@every_example
def test_every_object_is_named_and_labelled(construct: Construct) -> None:
    for child in in_cluster(recorded((construct, "one"))):
        metadata = child.inputs["metadata"]
        assert metadata["name"], child.urn
        assert metadata["labels"]["app.kubernetes.io/part-of"] == "inference", child.urn
        assert metadata["labels"]["app.kubernetes.io/managed-by"] == "pulumi", child.urn


@every_example
def test_selectors_select_their_own_pods_and_no_others(construct: Construct) -> None:
    recording = recorded((construct, "one"), (construct, "two"))
    workloads = [child for child in in_cluster(recording) if "template" in child.inputs.get("spec", {})]
    templates = {child.urn: child.inputs["spec"]["template"]["metadata"]["labels"] for child in workloads}
    for workload in workloads:
        selector = workload.inputs["spec"].get("selector", {}).get("matchLabels")
        if selector:
            assert [urn for urn, labels in templates.items() if selector.items() <= labels.items()] == [workload.urn]


@every_example
def test_replicas_are_left_to_the_autoscaler(construct: Construct) -> None:
    made = in_cluster(recorded((construct, "one")))
    targets = {
        (target["kind"], target["name"])
        for child in made
        if child.type.endswith((":HorizontalPodAutoscaler", ":ScaledObject"))
        for target in [child.inputs["spec"]["scaleTargetRef"]]
    }
    for child in made:
        if child.inputs["kind"] in ("Deployment", "StatefulSet"):
            scaled = (child.inputs["kind"], child.inputs["metadata"]["name"]) in targets
            assert ("replicas" in child.inputs["spec"]) is not scaled, child.urn


# What opens a port to addresses outside, or reaches into its node, needs an exemption, which only a stack can give; so
# does an image of one's own, whose registry is among no pack's defaults.
OPEN_TO_ADDRESSES = ("ModelService-node-port", "ModelService-load-balancer")
ON_THE_NODE = {"P01", "P03", "P11", "P12", "P13", "P15", "P16"}
# Only the namespaces that the pack's configuration names as a system's own are free of these.
PRIVILEGED_NAMESPACE = {"P18", "N01", "M12"}
# The collector reads the kubelet's logs, which are root's; the licence decides whether there is an audit log (D05).
COLLECTING = {"P03", "P13", "P15", "M12", "S02"}
EXEMPTED = {
    "AddOn": {"P18", "S02"},
    "AddOn-eck": {"P18"},
    "LoggingStack": COLLECTING | {"P18", "D05"},
    "LoggingStack-everything": COLLECTING | {"M11"},
    "Prometheus": {"S02"},
    **{example: {"N08"} for example in OPEN_TO_ADDRESSES},
    "ModelSampling": {"S02"},
    "InferenceGraph": {"S02"},
    "InferenceGraph-scaled": {"S02"},
    "ModelVerification": {"S02"},
    "GpuSoftware-nvidia": ON_THE_NODE | PRIVILEGED_NAMESPACE | {"P02"},
    "GpuSoftware-amd": ON_THE_NODE | PRIVILEGED_NAMESPACE,
    "GpuSoftware-intel": ON_THE_NODE | PRIVILEGED_NAMESPACE,
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_mandatory_policy_is_satisfied(example: str, strict_pack: Analyzer) -> None:
    findings = strict_pack.analyze(recorded((EXAMPLES[example], "one")).resources)
    broken = {finding.rule for finding in findings if finding.level == "mandatory"}
    # Who watches a model is another component's to say.
    unwatched = {"M10"} if example.startswith("ModelService") else set[str]()
    assert broken == EXEMPTED.get(example, set()) | unwatched


@pytest.fixture(scope="module")
def strict_pack() -> Any:
    with Analyzer(POLICY_PACK, "inference", "prod", POLICY_PACK / "config" / "prod.json") as pack:
        yield pack


def make_namespaces(api_client: ApiClient, objects: Sequence[KubernetesObject]) -> None:
    """Namespaces that a component takes as given, besides the one that all of them have in common."""
    core = CoreV1Api(api_client)
    made = {each.manifest["metadata"]["name"] for each in objects if each.manifest["kind"] == "Namespace"}
    there = made | {each.metadata.name for each in core.list_namespace().items}
    for name in {each.manifest["metadata"].get("namespace") for each in objects} - there - {None}:
        core.create_namespace({"metadata": {"name": name}})


@every_example
def test_the_api_server_accepts_every_object(construct: Construct, api_client: ApiClient, namespace: str) -> None:
    objects = plain_objects(recorded((construct, "one"), namespace=namespace))
    make_namespaces(api_client, objects)
    plan = Deployer(api_client, namespace).preview(objects)
    assert all(change.action is Action.CREATE for change in plan.changes)
    assert len(plan.changes) == len(objects)


def test_a_component_that_breaks_the_contract_is_caught(api_client: ApiClient, namespace: str) -> None:
    """The API server's answer is what the test above rests on: a misspelt field must fail it."""

    def broken(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> pulumi.ComponentResource:
        made = pulumi.ComponentResource("inference:index:Broken", name, None, opts)
        spec: Mapping[str, Any] = {"minAvialable": 1}
        kubernetes.apiextensions.CustomResource(
            f"{name}-budget",
            api_version="policy/v1",
            kind="PodDisruptionBudget",
            metadata={"name": name, "namespace": namespace},
            spec=spec,
            opts=pulumi.ResourceOptions(parent=made),
        )
        return made

    objects = kubernetes_objects(recorded((broken, "one"), namespace=namespace))
    with pytest.raises(Exception, match="minAvialable"):
        Deployer(api_client, namespace).preview(objects)
