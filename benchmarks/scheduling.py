"""How much time does the scheduler add for 1,000 pods of a model with one GPU each, spread over zones and nodes?

Both times are measured from the first request until all pods run on 60 simulated nodes with just enough capacity. The
baseline is the same pods with a preset node, which the scheduler never sees. The best times are compared, because
other work on the machine can only make a run slower.

Measured on two busy cores (load 15): 42.0 s compared to 37.2 s, 1.13 times as long.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kubernetes.config import new_client_from_config

from benchmarks.figure import Figure
from inferencectl.demos.autoscaling.stack import configured, recorded
from inferencectl.deployer.connection import Connection
from inferencectl.sandbox.cluster_contents import ZONES
from inferencectl.sandbox.control_plane import ControlPlane
from inferencectl.sandbox.toolchain import toolchain
from inferencectl.workspace.project import Project
from settings import POOL_LABEL

PROJECT = Project(Path(__file__).parents[1])
NODES, PODS, ROUNDS = 60, 1000, 3
LIMIT = 1.5
POLL_SECONDS = 0.1
NAMESPACE = "scheduling"
SENDERS = 8


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Create the pods alternately with and without the scheduler."""
    with (
        TemporaryDirectory() as directory,
        ControlPlane(Path(directory, "control-plane"), toolchain.ensure(progress)).disposable(progress) as cluster,
        new_client_from_config(str(cluster.kubeconfig)) as api,
    ):
        yield _compare(Trial(Connection(api)), progress)


def _compare(trial: "Trial", progress: Callable[[str], None]) -> Figure:
    trial.prepare()
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for number in range(ROUNDS):
        progress(f"{PODS:,} pods with and without the scheduler, round {number + 1} of {ROUNDS}")
        for is_scheduled in sorted(seconds, reverse=number % 2 == 0):
            seconds[is_scheduled].append(trial.run(is_scheduled=is_scheduled))
    best, floor = min(seconds[True]), min(seconds[False])
    return Figure(
        name=f"{PODS:,} pods until they run, compared to pods with preset nodes",
        value=best / floor,
        bound=LIMIT,
        unit="x",
        detail=f"{best:.2f} s compared to {floor:.2f} s, best of {ROUNDS} each, on {NODES} nodes",
    )


class Trial:
    """Pods of the demonstration's model, in a cluster with nodes for them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._template = _pod_template()
        self._pods = f"/api/v1/namespaces/{NAMESPACE}/pods"

    def prepare(self) -> None:
        """Create the namespace and the nodes."""
        self._post("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        for number in range(NODES):
            self._post("/api/v1/nodes", _node(number))
        account = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts"
        _wait(lambda: self._get(account, {})["items"])
        _wait(lambda: not self._not_ready_nodes())

    def run(self, *, is_scheduled: bool) -> float:
        """Create the pods, return the seconds until all of them run, and delete them."""
        pods = [self._pod(number, is_scheduled=is_scheduled) for number in range(PODS)]
        started = time.monotonic()
        with ThreadPoolExecutor(SENDERS) as senders:
            list(senders.map(lambda pod: self._post(self._pods, pod), pods))
        _wait(lambda: not self._get(self._pods, {"fieldSelector": "status.phase!=Running", "limit": 1})["items"])
        seconds = time.monotonic() - started
        self._connection.request("DELETE", self._pods, subject="pods", query={"gracePeriodSeconds": 0})
        _wait(lambda: not self._get(self._pods, {"limit": 1})["items"])
        return seconds

    def _pod(self, number: int, *, is_scheduled: bool) -> Mapping[str, Any]:
        place = {} if is_scheduled else {"nodeName": f"card-{number % NODES}"}
        spec = {**self._template["spec"], **place}
        metadata = {"name": f"pod-{number}", "labels": self._template["metadata"]["labels"]}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}

    def _not_ready_nodes(self) -> list[str]:
        nodes = self._get("/api/v1/nodes", {"labelSelector": POOL_LABEL})["items"]
        return [node["metadata"]["name"] for node in nodes if not _is_ready(node)]

    def _post(self, path: str, body: Mapping[str, Any]) -> None:
        self._connection.request("POST", path, subject=body["metadata"]["name"], body=body)

    def _get(self, path: str, query: Mapping[str, str | int]) -> Mapping[str, Any]:
        return self._connection.request("GET", path, subject=path, query=query)


def _pod_template() -> Mapping[str, Any]:
    """The program's pod template of a model on GPUs, without references to objects of its own namespace."""
    recording = recorded(PROJECT, configured("http://127.0.0.1:9090"))
    (servers,) = (each for each in recording.resources if each.name == "mnist-v1-servers")
    template = servers.inputs["spec"]["template"]
    foreign = ("serviceAccountName", "priorityClassName")
    spec = {key: value for key, value in template["spec"].items() if key not in foreign}
    return {**template, "spec": spec}


def _node(number: int) -> Mapping[str, Any]:
    name = f"card-{number}"
    capacity = {
        "cpu": "64",
        "memory": "512Gi",
        "ephemeral-storage": "500Gi",
        "pods": "110",
        "nvidia.com/gpu": str(-(-PODS // NODES)),
    }
    labels = {
        POOL_LABEL: "cards",
        "kubernetes.io/hostname": name,
        "topology.kubernetes.io/zone": ZONES[number % len(ZONES)],
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]},
        "status": {"capacity": capacity, "allocatable": capacity},
    }


def _is_ready(node: Mapping[str, Any]) -> bool:
    conditions = node["status"].get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _wait(is_so: Callable[[], object]) -> None:
    """Wait without a time limit, as benchmarks are run interactively."""
    while not is_so():
        time.sleep(POLL_SECONDS)
