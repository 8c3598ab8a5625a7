"""A pool as Karpenter's NodePool, and what Karpenter cannot know about its nodes as a NodeOverlay.

Sources: https://karpenter.sh/docs/concepts/nodepools/ and https://karpenter.sh/docs/concepts/nodeoverlays/
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.gpu_node_pool.manifests import marks
from components.metadata import object_metadata
from settings import Consolidation, Disruption, DisruptionBudget, GpuPool, Taint

_POLICIES = {
    Consolidation.EMPTY: "WhenEmpty",
    Consolidation.UNDERUTILIZED: "WhenEmptyOrUnderutilized",
}


def metadata(pool: GpuPool) -> ObjectMetaArgs:
    """The metadata of both objects, which are cluster-scoped."""
    return object_metadata(pool.name)


def node_pool_spec(pool: GpuPool) -> dict[str, Any]:
    """Nodes of the stack's instance types, with the accelerators' labels and taints."""
    template = {
        "requirements": list(_requirements(pool)),
        "nodeClassRef": pool.node_class.model_dump() if pool.node_class else None,
        "taints": [_taint(taint) for taint in marks.taints(pool)],
        "expireAfter": _hours(pool.disruption.expire_after_hours),
    }
    return {
        "template": {"metadata": {"labels": dict(marks.labels(pool))}, "spec": template},
        "limits": _limits(pool),
        "disruption": _disruption(pool.disruption),
        **({"weight": pool.weight} if pool.weight else {}),
    }


def node_overlay_spec(pool: GpuPool) -> dict[str, Any] | None:
    """The devices of a shared card, which no cloud lists for its instance types; None if cards are not shared.

    Without it, Karpenter finds no instance type for a pod that requests one. It needs the feature gate NodeOverlay.
    """
    if any(offer.is_whole for offer in pool.offers):
        return None
    return {
        "requirements": [_one_of("karpenter.sh/nodepool", [pool.name])],
        "capacity": {offer.resource: str(pool.cards_per_node * offer.per_card) for offer in pool.offers},
    }


def _requirements(pool: GpuPool) -> Iterator[Mapping[str, Any]]:
    yield _one_of("node.kubernetes.io/instance-type", list(pool.instance_types))
    # With both, Karpenter prefers spot while it is available.
    yield _one_of("karpenter.sh/capacity-type", [kind.value for kind in pool.capacity])
    if pool.zones:
        yield _one_of("topology.kubernetes.io/zone", list(pool.zones))


def _one_of(key: str, values: list[str]) -> Mapping[str, Any]:
    return {"key": key, "operator": "In", "values": values}


def _taint(taint: Taint) -> Mapping[str, str]:
    return {"key": taint.key, "value": taint.value, "effect": taint.effect.value}


def _limits(pool: GpuPool) -> Mapping[str, str]:
    cards = {pool.card.names.resource: str(pool.max_nodes * pool.cards_per_node)}
    stated = {name: value for name, value in pool.limits.model_dump().items() if value}
    return {"nodes": str(pool.max_nodes), **cards, **stated}


def _disruption(disruption: Disruption) -> Mapping[str, Any]:
    """Draining respects the models' PodDisruptionBudgets; these limit how many nodes are disrupted at a time."""
    return {
        "consolidationPolicy": _POLICIES[disruption.consolidation],
        "consolidateAfter": f"{disruption.consolidate_after_seconds}s",
        "budgets": [_budget(budget) for budget in disruption.budgets],
    }


def _budget(budget: DisruptionBudget) -> Mapping[str, Any]:
    when = {"schedule": budget.schedule, "duration": f"{budget.duration_minutes}m"} if budget.schedule else {}
    reasons = {"reasons": [reason.value for reason in budget.reasons]} if budget.reasons else {}
    return {"nodes": str(budget.nodes), **when, **reasons}


def _hours(hours: int | None) -> str:
    return f"{hours}h" if hours else "Never"
