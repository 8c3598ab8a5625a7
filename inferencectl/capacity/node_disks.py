"""Whether any node can hold the files that a pod writes: a model is copied to the disk of its pod's node."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from inferencectl.capacity.demand import WORKLOADS
from inferencectl.capacity.usage import usage_of
from inferencectl.deployer.objects import KubernetesObject
from settings import binary_quantity, quantity_value

_DISK = "ephemeral-storage"

Node = Mapping[str, Any]


def too_large(objects: Sequence[KubernetesObject], nodes: Sequence[Node]) -> Iterator[str]:
    """A sentence for each workload whose pods take more disk than the largest node that they may run on has.

    Pods that select nodes are left out: whoever makes nodes of that kind may make larger ones.
    """
    for item in objects:
        if item.key.group_kind not in WORKLOADS:
            continue
        spec = item.manifest["spec"]["template"]["spec"]
        needed = usage_of(spec).get(f"requests.{_DISK}", Decimal(0))
        disks = [] if spec.get("nodeSelector") else [_disk(node) for node in nodes if _is_open_to(node, spec)]
        if disks and needed > max(disks):
            yield (
                f"each pod of {item.key.name} takes {binary_quantity(needed)} of {_DISK}, and the node with most that "
                f"it may run on has {binary_quantity(max(disks))}"
            )


def _disk(node: Node) -> Decimal:
    return quantity_value(str(node["status"].get("allocatable", {}).get(_DISK, "0")))


def _is_open_to(node: Node, spec: Mapping[str, Any]) -> bool:
    """Whether the pod tolerates the taints of a node; the effect of a toleration is left out of account."""
    taints = node.get("spec", {}).get("taints") or ()
    tolerations = spec.get("tolerations") or ()
    return all(
        taint["effect"] == "PreferNoSchedule" or any(_tolerates(each, taint) for each in tolerations)
        for taint in taints
    )


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, taint["key"])
    return (toleration.get("key"), toleration.get("value", "")) == (taint["key"], taint.get("value", ""))
