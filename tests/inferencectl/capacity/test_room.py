"""A change that cannot succeed for want of room is refused before anything is touched, and no other change is."""

from collections.abc import Mapping
from typing import Any

import pytest
from kubernetes.client import ApiClient

from inferencectl.capacity import Limit, pool_limits, require_room
from inferencectl.deployer import Deployer, KubernetesObject, kubernetes_objects
from inferencectl.deployer.resources import Resources
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from settings import Model, Rollout, Strategy
from tests.components.model_service.test_version_change import recorded
from tests.components.models import model, version
from tests.components.pools import POOLS
from tests.inferencectl.deployer.manifests import deployment, kubernetes_object
from tests.inferencectl.rest import Rest

REPLICAS = 3


class Room:
    """A namespace with a quota for pods, and a stack in it."""

    def __init__(self, api: ApiClient, namespace: str, pods: int) -> None:
        self.namespace = namespace
        self._resources, self._deployer = Resources(api), Deployer(api, namespace)
        quota = {"metadata": {"name": "models"}, "spec": {"hard": {"pods": str(pods)}}}
        self._path = f"/api/v1/namespaces/{namespace}/resourcequotas"
        self._rest = Rest(api)
        self._rest.post(self._path, quota)

    def deploy(self, *objects: KubernetesObject) -> None:
        self._deployer.deploy(objects, lambda _: None)

    def require(self, *objects: KubernetesObject, limits: tuple[Limit, ...] = ()) -> None:
        require_room(self._resources, objects, limits)

    def limit(self, pods: int) -> None:
        self._rest.merge(f"{self._path}/models", {"spec": {"hard": {"pods": str(pods)}}})


@pytest.fixture
def room(api_client: ApiClient, namespace: str) -> Room:
    return Room(api_client, namespace, pods=4)


def objects(served: Model, namespace: str) -> tuple[KubernetesObject, ...]:
    return kubernetes_objects(recorded(served, namespace))


def served(*weights: tuple[int, int], **fields: Any) -> Model:
    versions = tuple(version(number, weight) for number, weight in weights)
    return model(versions=versions, scaling=None, replicas=REPLICAS, **fields)


def test_two_versions_that_do_not_fit_are_refused_with_the_strategy_that_does_without(room: Room) -> None:
    room.deploy(*objects(served((1, 100)), room.namespace))
    with pytest.raises(SandboxError) as caught:
        room.require(*objects(served((2, 100)), room.namespace))
    assert caught.value.exit_code == BAD_INPUT
    assert caught.value.message == (
        f"this change needs 6 of pods at the same time, and the quota models of {room.namespace} has 4: "
        "mnist-v2 takes 3 more, while mnist-v1 still has theirs"
    )
    assert "keep it in versions of mnist with weight 0" in caught.value.remedy
    assert "rollout: {strategy: recreate}" in caught.value.remedy

    recreate = Rollout(strategy=Strategy.RECREATE)
    room.require(*objects(served((1, 0), (2, 100), rollout=recreate), room.namespace))


def test_what_never_fits_is_refused_without_that_advice(room: Room) -> None:
    with pytest.raises(SandboxError, match="web takes 5 more") as caught:
        room.require(deployment(room.namespace, "web", replicas=5))
    assert "recreate" not in caught.value.remedy


def test_the_programs_own_quota_counts_rather_than_the_one_before(room: Room) -> None:
    metadata = {"name": "models", "namespace": room.namespace}
    manifest = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": {"pods": "5"}}}
    room.require(kubernetes_object(manifest), deployment(room.namespace, "web", replicas=5))


def rolling(namespace: str, replicas: int, *, image: str = "server:1", unavailable: int = 0) -> KubernetesObject:
    item = deployment(namespace, "web", replicas=replicas, image=image)
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": unavailable}}
    return kubernetes_object({**item.manifest, "spec": {**item.manifest["spec"], "strategy": strategy}})


def test_a_rollout_needs_the_pod_that_it_starts_first(room: Room) -> None:
    room.deploy(rolling(room.namespace, 4))
    # Nothing changes in the pods, so none is started.
    room.require(rolling(room.namespace, 4))
    with pytest.raises(SandboxError, match="needs 5 of pods"):
        room.require(rolling(room.namespace, 4, image="server:2"))
    room.require(rolling(room.namespace, 4, image="server:2", unavailable=1))


def test_what_shrinks_in_the_same_change_makes_room(room: Room) -> None:
    room.deploy(deployment(room.namespace, "a", replicas=3), deployment(room.namespace, "b", replicas=1))
    room.require(deployment(room.namespace, "a", replicas=1), deployment(room.namespace, "b", replicas=3))


def test_a_change_that_was_stuck_for_want_of_room_is_refused_again(room: Room) -> None:
    """Pods that were never created take nothing yet."""
    room.limit(2)
    with pytest.raises(SandboxError, match="needs 3 of pods"):
        room.require(deployment(room.namespace, "web", replicas=3))
    slow = deployment(room.namespace, "web", replicas=3, annotations={"pulumi.com/skipAwait": "true"})
    room.deploy(slow)
    with pytest.raises(SandboxError, match="needs 3 of pods"):
        room.require(slow)
    room.limit(3)
    room.require(slow)


def with_gpus(namespace: str, name: str, replicas: int, labels: Mapping[str, str] | None = None) -> KubernetesObject:
    limits = {"nvidia.com/gpu": 1}
    containers = [{"name": "server", "image": "server:1", "resources": {"limits": limits}}]
    item = deployment(namespace, name, replicas=replicas, pod_spec={"containers": containers})
    return kubernetes_object({**item.manifest, "metadata": {**item.manifest["metadata"], "labels": dict(labels or {})}})


def test_the_pools_hold_no_more_devices_than_their_nodes_have(room: Room) -> None:
    pool = next(iter(POOLS.values()))
    resource = next(iter(pool.offers)).resource
    (limit,) = pool_limits([pool])
    there = int(limit.hard[f"requests.{resource}"])
    room.limit(10_000)
    few = Limit(
        name=limit.name,
        hard={"requests.nvidia.com/gpu": limit.hard[f"requests.{resource}"]},
        raised_by="x",
        counts_spares=False,
    )
    room.require(with_gpus(room.namespace, "web", there), limits=(few,))
    with pytest.raises(SandboxError, match="the pools at maxNodes"):
        room.require(with_gpus(room.namespace, "web", there + 1), limits=(few,))
    # Spare capacity makes way for models.
    spare = with_gpus(room.namespace, "spare", 2, {"app.kubernetes.io/component": "gpu-spare"})
    room.require(with_gpus(room.namespace, "web", there), spare, limits=(few,))


def test_without_pools_nobody_knows_how_many_devices_there_are() -> None:
    assert pool_limits([]) == []
