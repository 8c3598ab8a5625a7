"""The real `pulumi` where it is installed: the dev stack on the real control plane, policies and all."""

import os
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from inferencectl.changes import Action, FieldChange, Outcome
from inferencectl.pulumi.engine import PulumiEngine
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.workspace.errors import FAILED, SandboxError
from inferencectl.workspace.project import Project
from tests.inferencectl.drift import differences, drift
from tests.inferencectl.pulumi.real_pulumi import NEEDS_PULUMI, copied_program, up
from tests.inferencectl.pulumi.recorded import NAMESPACE, events, plan_of
from tests.inferencectl.pulumi.recorded.recording import Scenario, record
from tests.inferencectl.pulumi.stand_in import files_of
from tests.inferencectl.rest import NAMESPACES, Rest, config_maps, deployments

PRIVILEGED_POD = """
import pulumi_kubernetes

pulumi_kubernetes.core.v1.Pod(
    "intruder",
    metadata={"name": "intruder", "namespace": platform.namespace},
    spec={"containers": [{"name": "main", "image": "intruder:1", "securityContext": {"privileged": True}}]},
    opts=in_cluster,
)
"""


pytestmark = NEEDS_PULUMI


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the checkout whose dev stack has a namespace of its own on the shared control plane."""
    project = copied_program(tmp_path_factory.mktemp("a checkout"))
    edit(project, "context: inference-dev", "context: sandbox")
    edit(project, "namespace: models-dev", f"namespace: pulumi-{uuid.uuid4().hex[:8]}")
    return project


@pytest.fixture(scope="module")
def engine(checkout: Project, control_plane: Cluster) -> PulumiEngine:
    return PulumiEngine(project=checkout, stack="dev", kubeconfig=control_plane.kubeconfig)


@pytest.fixture(scope="module")
def deployed(engine: PulumiEngine, checkout: Project) -> Iterator[Outcome]:
    """What the first `up` did; it was killed once on the way."""
    with pytest.raises(SandboxError):
        up(engine, checkout, killing_pulumi)
    assert engine.recover(print)
    assert not engine.recover(print)
    yield up(engine, checkout)
    engine.destroy(print)


def killing_pulumi(line: str) -> None:
    """Kill Pulumi as soon as it has created something, as `kill -9` or a power cut would."""
    if line.startswith("create "):
        for child in psutil.Process().children():
            if child.name() == "pulumi":
                child.kill()


def edit(project: Project, old: str, new: str) -> None:
    file = project.stack_file("dev")
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def sources(project: Project) -> dict[str, bytes]:
    """All files but the byte code that any run of the program leaves."""
    return {name: content for name, content in files_of(project).items() if not name.endswith(".pyc")}


def namespace_of(project: Project) -> str:
    found = re.search(r"namespace: (pulumi-\w+)", project.stack_file("dev").read_text(encoding="utf-8"))
    assert found
    return found.group(1)


def test_deploys_the_stack_after_a_kill_and_its_models_are_ready(
    deployed: Outcome, checkout: Project, rest: Rest
) -> None:
    found = rest.items(deployments(namespace_of(checkout))).values()
    assert len(found) >= 2
    assert {item["status"].get("readyReplicas") for item in found} == {1}
    assert set(deployed.counts) <= {Action.CREATE, Action.UPDATE, Action.UNCHANGED}


def test_a_second_run_changes_nothing(deployed: Outcome, engine: PulumiEngine, checkout: Project) -> None:
    assert up(engine, checkout).changed == ()


def test_drift_is_put_back(deployed: Outcome, engine: PulumiEngine, checkout: Project, rest: Rest) -> None:
    namespace = namespace_of(checkout)
    before = drift(rest, namespace)
    rest.delete(f"{config_maps(namespace)}/mnist-v1-config")
    assert set(differences(rest, before)) == set(before)
    up(engine, checkout)
    assert differences(rest, before) == {}
    assert "mnist-v1-config" in rest.items(config_maps(namespace))
    assert engine.preview(print).changed == ()


def test_a_preview_shows_just_what_was_edited(deployed: Outcome, engine: PulumiEngine, checkout: Project) -> None:
    edit(checkout, "replicas: 2", "replicas: 3")
    said: list[str] = []
    try:
        plan = engine.preview(said.append)
    finally:
        edit(checkout, "replicas: 3", "replicas: 2")
    (change,) = plan.changed
    assert str(change) == f"update StatefulSet {namespace_of(checkout)}/recommender-v3"
    assert change.fields == (FieldChange(path="spec.replicas", before=2, after=3),)
    assert [line for line in said if not line.startswith("pulumi is comparing")] == []


def test_a_violated_policy_refuses_the_deployment(
    deployed: Outcome, engine: PulumiEngine, checkout: Project, rest: Rest
) -> None:
    program = checkout.program.read_text(encoding="utf-8")
    checkout.program.write_text(program + PRIVILEGED_POD, encoding="utf-8")
    try:
        with pytest.raises(SandboxError) as caught:
            up(engine, checkout)
    finally:
        checkout.program.write_text(program, encoding="utf-8")
    assert caught.value.exit_code == FAILED
    assert "intruder: P01" in caught.value.message
    assert "remedy:" in caught.value.message
    assert "intruder" not in rest.items(f"/api/v1/namespaces/{namespace_of(checkout)}/pods")


def test_leaves_the_checkout_as_it_is(deployed: Outcome, engine: PulumiEngine, checkout: Project) -> None:
    before = sources(checkout)
    engine.preview(print)
    assert sources(checkout) == before


def test_the_recorded_events_are_what_this_pulumi_tells(control_plane: Cluster, tmp_path: Path, rest: Rest) -> None:
    """With RECORD_PULUMI_EVENTS=1 they are recorded anew."""
    namespace = f"recorded-{uuid.uuid4().hex[:8]}"
    rest.post(NAMESPACES, {"metadata": {"name": namespace}})
    scenario = Scenario(tmp_path / "scenario", control_plane.kubeconfig, namespace)
    told = scenario.run(rest)
    scenario.destroy()
    rest.delete(f"{NAMESPACES}/{namespace}")
    if os.environ.get("RECORD_PULUMI_EVENTS"):
        record(scenario, told, namespace)
    for name, found in told.items():
        lines = {str(change).replace(namespace, NAMESPACE) for change in plan_of(name, found).changes}
        assert lines == set(map(str, plan_of(name, events(name)).changes)), name
