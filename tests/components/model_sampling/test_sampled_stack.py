"""A whole stack with a model that is sampled: what the program adds, and that the policy pack has no objection."""

from typing import Any

from inferencectl.policy_check.verdict import analyzer_of, judge
from inferencectl.program.recording import record_program
from inferencectl.workspace.project import Project
from tests.components.monitoring_stack.stack_of_monitoring import MONITORING, manifests
from tests.components.sampled import SAMPLER_IMAGE
from tests.settings.settings_stack import ROOT, edited

WATCHED: dict[str, Any] = {"monitoring": MONITORING}
SAMPLED = {**WATCHED, "images": {"sampler": SAMPLER_IMAGE}, "models.0.sampling": {"percent": 10}}


def test_a_sampler_is_all_that_is_added_and_the_route_all_that_changes() -> None:
    """The alerts on the model are more as well, and no pod of the model starts again."""
    before = {(each["kind"], each["metadata"]["name"]): each for each in manifests(WATCHED)}
    after = {(each["kind"], each["metadata"]["name"]): each for each in manifests(SAMPLED)}
    assert after.keys() - before.keys() == {
        *((kind, "mnist-sampler") for kind in ("NetworkPolicy", "Service", "Deployment")),
        ("NetworkPolicy", "mnist-sampled"),
        ("PodMonitor", "monitoring-mnist-sampler"),
    }
    changed = {key for key in before if after[key] != before[key]}
    assert changed == {("HTTPRoute", "mnist"), ("PrometheusRule", "monitoring-mnist")}


def test_the_stacks_own_gateway_lets_copies_out_to_where_they_are_let_in() -> None:
    """By its policy and by the sampler's; without a sampled model, the gateway's policy says nothing of samplers."""
    owned = {**WATCHED, "gateway.owned": {"certificate": {"issuer": {"name": "public"}}}}
    made = {(each["kind"], each["metadata"]["name"]): each for each in manifests({**SAMPLED, **owned})}
    sampler, route = made["Deployment", "mnist-sampler"], made["HTTPRoute", "mnist"]
    gateway = made["Gateway", "public"]["metadata"]
    copies = {
        each["requestMirror"]["backendRef"]["port"]
        for rule in route["spec"]["rules"]
        for each in rule.get("filters", [])
    }
    egress = made["NetworkPolicy", "public"]["spec"]["egress"]
    ((peer,), ports) = egress[-1]["to"], egress[-1]["ports"]
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "models-dev"}
    assert peer["podSelector"]["matchLabels"].items() <= sampler["spec"]["template"]["metadata"]["labels"].items()
    ((let_in,), let_in_ports) = (
        made["NetworkPolicy", "mnist-sampler"]["spec"]["ingress"][0][key] for key in ("from", "ports")
    )
    assert let_in["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": gateway["namespace"]}
    assert {each["port"] for each in ports} == {each["port"] for each in let_in_ports} == copies
    (without,) = (
        each for each in manifests(owned) if each["metadata"]["name"] == "public" and each["kind"] == "NetworkPolicy"
    )
    assert without["spec"]["egress"] == egress[:-1]


def test_copies_have_an_address_before_the_route_sends_any() -> None:
    recording = record_program(ROOT / "__main__.py", project="inference", stack="dev", config=edited(SAMPLED))
    names = [each.urn.rpartition("::")[2] for each in recording.resources]
    assert names.index("mnist-sampler-service") < names.index("mnist-route")


def test_the_policy_pack_finds_nothing_but_an_image_of_the_stacks_own() -> None:
    """Its registry is among no pack's defaults, as with the other images of `model_images/`."""

    def found(edits: dict[str, Any]) -> set[tuple[str, str]]:
        recording = record_program(
            ROOT / "__main__.py", project="inference", stack="prod", config=edited(edits, "prod")
        )
        verdict = judge(analyzer_of(Project(ROOT), "prod"), recording)
        return {(each.rule, each.urn.rpartition("::")[2]) for each in (*verdict.violations, *verdict.advice)}

    assert found(SAMPLED) - found(WATCHED) == {("S02", "mnist-sampler-deployment")}


def test_the_image_is_built_where_the_stack_builds_its_images() -> None:
    built = {**WATCHED, "images": {"build": {"registry": "registry.example/inference", "tag": "1.0"}}}
    recording = record_program(
        ROOT / "__main__.py",
        project="inference",
        stack="dev",
        config=edited({**built, "models.0.sampling": {"percent": 10}}),
    )
    images = {each.name for each in recording.resources if each.type.startswith("docker:")}
    assert "image-builds-sampler" in images
    without = record_program(ROOT / "__main__.py", project="inference", stack="dev", config=edited(built))
    assert "image-builds-sampler" not in {each.name for each in without.resources}
