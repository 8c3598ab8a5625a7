"""How the alerts on nodes and their accelerators come and go."""

from tests.components.monitoring_stack.given import AVAILABLE, WANTED, gauge, of_deployment, state
from tests.components.monitoring_stack.scene import Scene, Series

POD, DONE = "mnist-v1-7d9f8c-abcde", "mnist-v1-7d9f8c-aaaaa"


def on_node(node: str, pod: str = POD) -> Series:
    return state("kube_pod_info", f'pod="{pod}",node="{node}",created_by_kind="ReplicaSet"', 1, 1)


def in_phase(found: str, pod: str = POD, of: str = "models") -> list[Series]:
    """What kube-state-metrics says of a pod: 1 for its phase, 0 for each other."""
    return [
        gauge(f'kube_pod_status_phase{{namespace="{of}",pod="{pod}",phase="{phase}"}}', phase == found, phase == found)
        for phase in ("Pending", "Running", "Succeeded", "Failed", "Unknown")
    ]


def condition(name: str, status: str, good: float, bad: float | None, node: str = "node-1") -> Series:
    return gauge(f'kube_node_status_condition{{node="{node}",condition="{name}",status="{status}"}}', good, bad)


def devices(what: str, good: float | None, bad: float | None, resource: str = "nvidia_com_gpu") -> Series:
    return gauge(f'kube_node_status_{what}{{node="node-1",resource="{resource}",unit="integer"}}', good, bad)


_POD = [on_node("node-1"), *in_phase("Running")]
# Left of a pod that was evicted; and a pod of another namespace has the name of one that is not done.
_LEFT = [on_node("node-1", DONE), *in_phase("Failed", DONE), *in_phase("Failed", of="elsewhere")]
_PODS = [*_POD, on_node("node-1", "mnist-v1-7d9f8c-fghij"), on_node("node-2", "mnist-v1-7d9f8c-klmno"), *_LEFT]
_OTHER_NODE = [condition("Ready", "true", 1, 1, "node-2"), condition("Ready", "unknown", 0, 0, "node-2")]
# A condition of node-problem-detector's, which stays.
_DEADLOCK = condition("KernelDeadlock", "true", 1, 1)
_LOST = [condition("Ready", "true", 1, 0), condition("Ready", "unknown", 0, 1), _DEADLOCK, *_OTHER_NODE]
_ANOTHERS_NODE = {
    "a node without pods of the model": [condition("Ready", "true", 1, 1), condition("Ready", "true", 1, 0, "node-3")]
}

NODES = (
    Scene(
        alert="ModelNodeDown",
        severity="warning",
        series=[*_LOST, *_PODS],
        pending=0,
        firing=1,
        labels={"node": "node-1"},
        description="node-1 does not report, with 2 pods of the model.",
        near_misses={
            **_ANOTHERS_NODE,
            "pods that are done": [*_LOST, *in_phase("Succeeded"), *in_phase("Failed", "mnist-v1-7d9f8c-fghij")],
            "another condition": [condition("Ready", "true", 1, 1), condition("DiskPressure", "true", 0, 0)],
        },
    ),
    Scene(
        alert="ModelNodeDown",
        also="that had all ready pods",
        severity="critical",
        series=[*_LOST, *_POD, *_LEFT, of_deployment(AVAILABLE, 1, 0), of_deployment(WANTED, 1, 1)],
        pending=0,
        firing=1,
        labels={"node": "node-1"},
        description="node-1 does not report, with 1 pods of the model, and none is ready elsewhere.",
        near_misses={
            **_ANOTHERS_NODE,
            "a pod that is ready elsewhere": [*_LOST, of_deployment(AVAILABLE, 2, 1)],
            "a model that is scaled to zero": [*_LOST, of_deployment(AVAILABLE, 1, 0), of_deployment(WANTED, 1, 0)],
            "pods that are done": [*_LOST, *in_phase("Succeeded"), of_deployment(AVAILABLE, 1, 0)],
            "pods that are not ready for another reason": [
                condition("Ready", "true", 1, 1),
                of_deployment(AVAILABLE, 1, 0),
            ],
        },
    ),
    *(
        Scene(
            alert="ModelNodePressed",
            also=pressure,
            severity="warning",
            series=[condition(pressure, "true", 0, 1), condition(pressure, "false", 1, 0), *_PODS],
            pending=1,
            firing=2,
            labels={"node": "node-1", "condition": pressure},
            description=f"node-1 has {pressure}, with 2 pods of the model, which it may evict.",
            near_misses={
                "a node without pods of the model": [condition(pressure, "true", 0, 1, "node-3")],
                "a condition that is no pressure": [condition("Ready", "true", 1, 1)],
            },
        )
        for pressure in ("DiskPressure", "MemoryPressure", "PIDPressure")
    ),
)

_SOUND = [
    *(devices("capacity", 1, 1, "example_com_fpga"), devices("allocatable", 0, 0, "example_com_fpga")),
    *(devices("capacity", 0, 0, "hugepages_2Mi"), devices("allocatable", 0, 0, "hugepages_2Mi")),
]
DEVICES = tuple(
    Scene(
        alert="NodeAcceleratorMissing",
        also=also,
        model="",
        severity="warning",
        series=[devices("capacity", 4, capacity), devices("allocatable", 4, allocatable), *_SOUND],
        pending=9,
        firing=10,
        labels={"node": "node-1", "resource": "nvidia_com_gpu"},
        description=f"node-1 cannot offer {value} of its nvidia_com_gpu; 0 mean all of them.",
        near_misses={"a node without any": [devices("capacity", None, None), devices("allocatable", None, None)]},
    )
    for also, capacity, allocatable, value in (("of four", 4, 3, 1), ("as its plug-in is gone", 0, 0, 0))
)
