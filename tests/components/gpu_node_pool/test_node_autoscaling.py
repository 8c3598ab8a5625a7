"""Nodes that come when a model's pods wait for them and go when they are idle: our NodePools and the real Karpenter."""

from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest
from kubernetes import client, config
from kubernetes.client import ApiClient

from components import GpuNodePool, GpuNodePoolArgs, ModelService
from inferencectl.deployer import Deployer, kubernetes_objects
from inferencectl.program.recording import record
from inferencectl.sandbox.control_plane import Cluster, ControlPlane
from inferencectl.sandbox.controllers import NODE_CLASS, InstanceType, Karpenter
from inferencectl.sandbox.toolchain.toolchain import Toolchain
from settings import (
    POOL_LABEL,
    CapacityType,
    Disruption,
    DisruptionBudget,
    GpuPool,
    ObjectReference,
    Taint,
)
from tests.components import pools
from tests.components.models import PAUSE_IMAGE, model, service_args
from tests.inferencectl.rest import NODES, Rest, deployments
from tests.waiting import soon

TYPE = "gpu-1x"
SIZE = {"cpu": "32", "memory": "128Gi", "ephemeral-storage": "100Gi", "nvidia.com/gpu": "1"}
BOTH = tuple(kind.value for kind in CapacityType)
# The cheaper type would do as well, but is none of the pools'.
TYPES = (
    InstanceType(name=TYPE, resources=SIZE, price=2.0, capacity=BOTH),
    InstanceType(name="gpu-1x-small", resources=SIZE, price=1.0, capacity=BOTH),
)
AT_ONCE = Disruption(consolidate_after_seconds=0, budgets=(DisruptionBudget(nodes=100),))
NODE_CLAIMS = "/apis/karpenter.sh/v1/nodeclaims"


def _silent(_message: str) -> None:
    pass


def pool(name: str, **fields: Any) -> GpuPool:
    defaults = {
        "name": name,
        "gpus_per_node": 1,
        "node_class": ObjectReference(**NODE_CLASS),
        "instance_types": (TYPE,),
        "disruption": AT_ONCE,
    }
    return pools.karpenter(**{**defaults, **fields})


@pytest.fixture(scope="module")
def cluster(tools: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A control plane of its own: nodes that come and go would disturb the other tests."""
    with ControlPlane(tmp_path_factory.mktemp("karpenter"), tools).disposable(_silent) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def karpenter(cluster: Cluster) -> None:
    Karpenter(cluster).start(TYPES, _silent)


@pytest.fixture
def api(cluster: Cluster, karpenter: None) -> Iterator[ApiClient]:
    with config.new_client_from_config(str(cluster.kubeconfig)) as api:
        yield api


class Served:
    """A model whose pods take one device each of a pool that is theirs alone; both go in the end."""

    def __init__(self, api: ApiClient, pool: GpuPool, replicas: int) -> None:
        self.rest, self.namespace = Rest(api), f"on-{pool.name}"
        self._deployer = Deployer(api, self.namespace)
        self._pool, self._replicas = pool, replicas
        client.CoreV1Api(api).create_namespace({"metadata": {"name": self.namespace}})

    def deploy(self, **changes: Any) -> None:
        """Deploy the pool, changed as the stack's settings would be, and the model, and wait until that is ready."""
        self._pool = self._pool.model_copy(update=changes)
        recording = record(self._program, project="inference", stack=self.namespace)
        self._deployer.deploy(kubernetes_objects(recording), _silent)

    def _program(self) -> None:
        pool = self._pool
        args = service_args(
            model(scaling=None, replicas=self._replicas),
            self.namespace,
            resources=pools.asking_for(pool, pool.offers[-1]),
            pools=(pool,),
            priority_class_name="system-cluster-critical",
        )
        GpuNodePool(pool.name, GpuNodePoolArgs(pool=pool, namespace=self.namespace, pause_image=PAUSE_IMAGE))
        ModelService("mnist", args, pulumi.ResourceOptions())

    def scale(self, replicas: int) -> None:
        self.rest.merge(f"{deployments(self.namespace)}/mnist-v1", {"spec": {"replicas": replicas}})

    @property
    def ready(self) -> int:
        return self.rest.get(f"{deployments(self.namespace)}/mnist-v1")["status"].get("readyReplicas", 0)

    @property
    def nodes(self) -> list[dict[str, Any]]:
        found = self.rest.items(NODES).values()
        return [node for node in found if node["metadata"]["labels"].get(POOL_LABEL) == self._pool.name]

    @property
    def idle(self) -> int:
        """How many nodes Karpenter would take away, budgets apart."""
        claims = self.rest.items(NODE_CLAIMS).values()
        mine = [claim for claim in claims if claim["metadata"]["labels"]["karpenter.sh/nodepool"] == self._pool.name]
        return sum(_is_true(claim, "Consolidatable") for claim in mine)

    def destroy(self) -> None:
        self._deployer.destroy(_silent)
        soon(lambda: not self.nodes, "the nodes of a pool go with it")


def _is_true(claim: dict[str, Any], kind: str) -> bool:
    return any(each["type"] == kind and each["status"] == "True" for each in claim["status"].get("conditions", ()))


@pytest.fixture
def serve(api: ApiClient) -> Iterator[Callable[[GpuPool, int], Served]]:
    made: list[Served] = []

    def served(pool: GpuPool, replicas: int) -> Served:
        made.append(Served(api, pool, replicas))
        made[-1].deploy()
        return made[-1]

    yield served
    for each in made:
        each.destroy()


def test_a_models_pods_get_nodes_of_their_pool(serve: Callable[[GpuPool, int], Served]) -> None:
    team = {"labels": {"team": "vision"}, "taints": (Taint(key="team", value="vision"),)}
    served = serve(pool("marked", capacity=(CapacityType.SPOT,), zones=("sandbox-b",), **team), 2)
    first, second = served.nodes
    for node in (first, second):
        assert (
            node["metadata"]["labels"].items()
            >= {
                "node.kubernetes.io/instance-type": TYPE,
                "karpenter.sh/capacity-type": "spot",
                "topology.kubernetes.io/zone": "sandbox-b",
                "team": "vision",
            }.items()
        )
        taints = {(taint["key"], taint.get("value"), taint["effect"]) for taint in node["spec"]["taints"]}
        assert taints == {("nvidia.com/gpu", "present", "NoSchedule"), ("team", "vision", "NoSchedule")}
        assert node["status"]["allocatable"]["nvidia.com/gpu"] == "1"
    on = {pod["spec"]["nodeName"] for pod in served.rest.items(f"/api/v1/namespaces/{served.namespace}/pods").values()}
    assert on == {node["metadata"]["name"] for node in (first, second)}


def test_a_pool_has_no_more_nodes_than_the_stack_says(serve: Callable[[GpuPool, int], Served]) -> None:
    served = serve(pool("bounded", max_nodes=3), 2)
    served.scale(5)
    soon(lambda: served.ready == 3, "as many nodes as the limit allows")
    events = served.rest.items(f"/api/v1/namespaces/{served.namespace}/events").values
    soon(lambda: any("limit" in event["message"] for event in events()), "Karpenter says that the limit holds")
    assert len(served.nodes) == 3
    assert served.ready == 3


@pytest.mark.slow("Karpenter looks for idle nodes every 10 s, and takes the last ones away one after the other")
def test_idle_nodes_go_after_the_pools_window_and_as_many_at_a_time_as_its_budget_says(
    serve: Callable[[GpuPool, int], Served],
) -> None:
    patient = serve(pool("patient", disruption=Disruption(consolidate_after_seconds=3600)), 1)
    locked = serve(pool("locked", disruption=AT_ONCE.model_copy(update={"budgets": (DisruptionBudget(nodes=0),)})), 2)
    free = serve(pool("free"), 1)
    patient.scale(0)
    locked.scale(0)
    soon(lambda: locked.idle == 2, "the nodes that may not go are idle")
    free.scale(0)
    soon(lambda: not free.nodes, "idle nodes go")
    assert len(locked.nodes) == 2, "the budget allows none to go"
    assert len(patient.nodes) == 1, "they have not been idle for an hour"
    assert not patient.idle

    locked.deploy(disruption=AT_ONCE.model_copy(update={"budgets": (DisruptionBudget(nodes=1),)}))
    locked.scale(0)
    leaving: list[int] = []

    def are_gone() -> bool:
        nodes = locked.nodes
        leaving.append(sum("deletionTimestamp" in node["metadata"] for node in nodes))
        return not nodes

    soon(are_gone, "the budget allows one after the other to go")
    assert max(leaving) <= 1


@pytest.mark.parametrize(
    ("sharing", "resource", "replicas", "nodes"),
    [
        (pools.TIME_SLICING, "nvidia.com/gpu.shared", 6, 2),
        (pools.MIG_MIXED, "nvidia.com/mig-1g.5gb", 3, 2),
    ],
    ids=["time-slicing", "mig-mixed"],
)
def test_as_many_nodes_come_as_shares_of_cards_need(
    serve: Callable[[GpuPool, int], Served], sharing: Any, resource: str, replicas: int, nodes: int
) -> None:
    """Only the NodeOverlay tells Karpenter of these devices: of six quarters it makes two cards."""
    served = serve(pool(resource.rpartition("/")[2].replace(".", "-"), sharing=sharing), replicas)
    assert len(served.nodes) == nodes
    assert sum(int(node["status"]["allocatable"][resource]) for node in served.nodes) == replicas
