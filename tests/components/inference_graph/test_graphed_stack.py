"""A whole stack with a graph: what the program adds, and that the policy pack has no objection."""

from typing import Any

from inferencectl.policy_check.verdict import analyzer_of, judge
from inferencectl.program.recording import record_program
from inferencectl.workspace.project import Project
from tests.components.monitoring_stack.stack_of_monitoring import MONITORING, manifests
from tests.settings.settings_graph import KINDS, SEQUENCE, graphed, to
from tests.settings.settings_stack import ROOT, edited

WATCHED: dict[str, Any] = {"monitoring": MONITORING}


def test_a_graph_adds_its_router_and_changes_nothing_else() -> None:
    before = {(each["kind"], each["metadata"]["name"]): each for each in manifests(WATCHED)}
    after = {(each["kind"], each["metadata"]["name"]): each for each in manifests({**WATCHED, **graphed(KINDS)})}
    assert {kind: name for kind, name in after.keys() - before.keys() if name == "answers"}.keys() == {
        "ConfigMap",
        "Deployment",
        "HorizontalPodAutoscaler",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Service",
        "ServiceAccount",
    }
    others = {(kind, name) for kind, name in after.keys() - before.keys() if name != "answers"}
    assert others == {("NetworkPolicy", "answers-models"), ("PodMonitor", "monitoring-answers")}
    assert {key: after[key] for key in before} == before


def test_the_policy_pack_finds_nothing_but_an_image_of_the_stacks_own() -> None:
    """Its registry is among no pack's defaults, as with the other images of `model_images/`."""
    name = "mnist"
    graph = {**SEQUENCE, "signatures": SEQUENCE["signatures"][:1]}
    graph["steps"] = [{"name": "begin", "kind": "sequence", "edges": [to(name)]}]

    config = edited({**WATCHED, **graphed(graph)}, "prod")
    recording = record_program(ROOT / "__main__.py", project="inference", stack="prod", config=config)
    verdict = judge(analyzer_of(Project(ROOT), "prod"), recording)
    found = {(each.rule, each.urn.rpartition("::")[2]) for each in (*verdict.violations, *verdict.advice)}
    assert {(rule, name) for rule, name in found if "answers" in name} == {("S02", "answers-deployment")}


def test_the_stack_exports_the_address_and_builds_the_image_where_it_builds_images() -> None:
    built = {"images": {"build": {"registry": "registry.example/inference", "tag": "1.0"}}}
    recording = record_program(
        ROOT / "__main__.py", project="inference", stack="dev", config=edited({**graphed(SEQUENCE), **built})
    )
    assert recording.outputs["addresses"]["answers"] == "http://answers.models-dev.svc:8080/v2/models/answers"
    assert "image-builds-router" in {each.name for each in recording.resources if each.type.startswith("docker:")}
    without = record_program(ROOT / "__main__.py", project="inference", stack="dev", config=edited(built))
    assert "image-builds-router" not in {each.name for each in without.resources}
