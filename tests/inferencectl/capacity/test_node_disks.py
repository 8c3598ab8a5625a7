"""A model of which no node can hold a copy is refused before anything is touched, and no other is."""

from typing import Any

import pytest
from kubernetes.client import ApiClient

from inferencectl.capacity import require_room
from inferencectl.capacity.node_disks import too_large
from inferencectl.deployer import KubernetesObject, kubernetes_objects
from inferencectl.deployer.resources import Resources
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import ResourceClass, Volume
from tests.components.model_service.test_version_change import recorded
from tests.components.models import model
from tests.inferencectl.deployer.manifests import deployment, kubernetes_object

TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}


def node(disk: str, *taints: dict[str, str]) -> dict[str, Any]:
    return {"spec": {"taints": list(taints)}, "status": {"allocatable": {"ephemeral-storage": disk}}}


def pod_of(disk: str, **fields: Any) -> KubernetesObject:
    resources = {"limits": {"ephemeral-storage": disk}}
    spec = {"containers": [{"name": "server", "image": "server:1", "resources": resources}], **fields}
    item = deployment("models", "web", replicas=1).manifest
    template = {**item["spec"]["template"], "spec": spec}
    return kubernetes_object({**item, "spec": {**item["spec"], "template": template}})


def sizes(disk: str, **fields: Any) -> list[str]:
    return list(too_large([pod_of(disk, **fields)], [node("100Gi"), node("200Gi"), node("1Ti", TAINT)]))


def test_the_largest_node_that_a_pod_may_run_on_decides() -> None:
    assert sizes("200Gi") == []
    assert sizes("201Gi") == [
        "each pod of web takes 201Gi of ephemeral-storage, and the node with most that it may run on has 200Gi"
    ]
    for toleration in ({"operator": "Exists"}, {"key": TAINT["key"], "operator": "Exists"}):
        assert sizes("201Gi", tolerations=[toleration]) == []
    assert sizes("201Gi", tolerations=[{"key": TAINT["key"], "value": "present"}]) == []
    assert sizes("201Gi", tolerations=[{"key": TAINT["key"], "value": "another"}]) != []


def test_nothing_is_said_of_nodes_that_may_come() -> None:
    assert sizes("2Ti", nodeSelector={"pool": "large"}) == []
    assert list(too_large([pod_of("2Ti")], [])) == []


def test_a_model_that_no_node_can_hold_is_refused_unless_it_has_a_volume(api_client: ApiClient, namespace: str) -> None:
    """The simulated nodes have 500 GiB."""
    roomy = ResourceClass(cpu="8", memory="4Ti")

    def objects(**fields: Any) -> tuple[KubernetesObject, ...]:
        return kubernetes_objects(recorded(model(scaling=None, replicas=1, **fields), namespace, resources=roomy))

    require_room(Resources(api_client), objects(size="120Gi"))
    with pytest.raises(SandboxError, match="each pod of mnist-v1 takes") as caught:
        require_room(Resources(api_client), objects(size="1Ti"))
    assert caught.value.exit_code == BAD_INPUT
    assert "a volume" in caught.value.remedy
    require_room(Resources(api_client), objects(size="1Ti", volume=Volume(capacity="2Ti")))
