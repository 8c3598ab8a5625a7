"""The number of pods passes between the program and an autoscaler, and is never what neither of them wants."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from inferencectl.changes import Action
from inferencectl.deployer import Deployer, KubernetesObject
from inferencectl.deployer.hand_over import NUMBER_MANAGER, autoscalers_by_workload
from inferencectl.deployer.keys import ObjectKey
from tests.inferencectl.deployer.manifests import config_map, deployment, kubernetes_object
from tests.inferencectl.rest import Rest, deployments
from tests.waiting import soon


def scaled(namespace: str, *after: KubernetesObject) -> KubernetesObject:
    """A workload whose number of pods is left to others."""
    item = deployment(namespace, "web", *after)
    spec = {key: value for key, value in item.manifest["spec"].items() if key != "replicas"}
    return replace(item, manifest={**item.manifest, "spec": spec})


def autoscaler(namespace: str, *after: KubernetesObject, least: int, most: int) -> KubernetesObject:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    return kubernetes_object(
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "web", "namespace": namespace},
            "spec": {"scaleTargetRef": target, "minReplicas": least, "maxReplicas": most},
        },
        *after,
    )


def state(rest: Rest, namespace: str) -> tuple[int, int]:
    """The number of pods, and how often the specification has changed."""
    live = rest.get(f"{deployments(namespace)}/web")
    return live["spec"]["replicas"], live["metadata"]["generation"]


def owners(rest: Rest, namespace: str) -> set[str]:
    managed = rest.get(f"{deployments(namespace)}/web")["metadata"]["managedFields"]
    return {entry["manager"] for entry in managed if "f:replicas" in entry["fieldsV1"].get("f:spec", {})}


def test_a_workload_keeps_its_number_when_an_autoscaler_takes_over(
    deployer: Deployer, rest: Rest, namespace: str
) -> None:
    deployer.deploy([deployment(namespace, "web", replicas=3)], print)
    before = state(rest, namespace)
    workload = scaled(namespace)
    wanted = [workload, autoscaler(namespace, workload, least=1, most=4)]
    assert [change.action for change in deployer.preview(wanted).changes] == [Action.UNCHANGED, Action.CREATE]
    deployer.deploy(wanted, print)
    assert state(rest, namespace) == before
    assert owners(rest, namespace) == {NUMBER_MANAGER}
    assert not deployer.deploy(wanted, print).changed
    assert state(rest, namespace) == before


def test_the_autoscaler_then_owns_the_number(deployer: Deployer, rest: Rest, namespace: str) -> None:
    deployer.deploy([deployment(namespace, "web", replicas=3)], print)
    workload = scaled(namespace)
    wanted = [workload, autoscaler(namespace, workload, least=4, most=5)]
    deployer.deploy(wanted, print)
    soon(lambda: state(rest, namespace)[0] == 4, "the autoscaler has raised the number")
    assert NUMBER_MANAGER not in owners(rest, namespace)
    assert not deployer.deploy(wanted, print).changed
    assert state(rest, namespace)[0] == 4


def test_an_autoscaler_is_gone_before_the_program_sets_the_number(
    deployer: Deployer, rest: Rest, namespace: str
) -> None:
    workload = scaled(namespace)
    deployer.deploy([workload, autoscaler(namespace, workload, least=1, most=1)], print)
    lines: list[str] = []
    fixed = deployment(namespace, "web", replicas=3)
    outcome = deployer.deploy([fixed], lines.append)
    changes = [line for line in lines if not line.startswith("waiting")]
    assert changes == [f"delete HorizontalPodAutoscaler {namespace}/web", f"update Deployment {namespace}/web"]
    assert outcome.counts == {Action.UPDATE: 1, Action.DELETE: 1}
    assert state(rest, namespace)[0] == 3
    assert not deployer.deploy([fixed], print).changed


def test_an_autoscaler_of_a_workload_that_leaves_too_goes_after_everything_else(
    deployer: Deployer, namespace: str
) -> None:
    workload = scaled(namespace)
    deployer.deploy([workload, autoscaler(namespace, workload, least=1, most=1)], print)
    lines: list[str] = []
    deployer.deploy([config_map(namespace, "other")], lines.append)
    assert lines[0] == f"create ConfigMap {namespace}/other"


def test_a_stopped_workload_starts_again_when_its_number_is_left_to_others(
    deployer: Deployer, rest: Rest, namespace: str
) -> None:
    deployer.deploy([deployment(namespace, "web", replicas=0)], print)
    deployer.deploy([scaled(namespace)], print)
    assert state(rest, namespace)[0] == 1


def test_another_engine_hands_over_before_it_deploys(deployer: Deployer, rest: Rest, namespace: str) -> None:
    workload = scaled(namespace)
    scaler = autoscaler(namespace, workload, least=1, most=1)
    deployer.deploy([deployment(namespace, "web", replicas=3)], print)
    before = state(rest, namespace)
    deployer.hand_over([workload, scaler], ())
    assert state(rest, namespace) == before
    assert owners(rest, namespace) == {"inference", NUMBER_MANAGER}
    deployer.deploy([workload, scaler], print)
    deployer.hand_over([deployment(namespace, "web", replicas=2)], [scaler.key])
    assert not rest.items(f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers")


@pytest.mark.parametrize(
    "target",
    [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, {"name": "web"}],
    ids=["whole", "as KEDA takes it for granted"],
)
def test_the_workload_of_an_autoscaler(target: Mapping[str, Any]) -> None:
    scaler = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "web", "namespace": "models"},
        "spec": {"scaleTargetRef": target},
    }
    key = ObjectKey.of(scaler)
    other = deployment("models", "web").key
    assert autoscalers_by_workload([key, other], {key: scaler}) == {other: [key]}
