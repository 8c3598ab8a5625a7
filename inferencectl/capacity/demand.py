"""What a change takes and frees, by workload."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from inferencectl.capacity.usage import Usage, times, total, usage_of
from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.objects import KubernetesObject

SPARE = "gpu-spare"
WORKLOADS = frozenset({"Deployment.apps", "StatefulSet.apps"})
_COMPONENT, _MODEL = "app.kubernetes.io/component", "app.kubernetes.io/name"
_SCALERS = frozenset({"HorizontalPodAutoscaler.autoscaling", "ScaledObject.keda.sh"})

_NONE = Decimal(0)

Pod = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Demand:
    """The pods of one workload before and after a change; ``surge`` is what its rollout takes on top.

    ``model`` is empty for a workload of no model.
    """

    key: ObjectKey
    before: Usage
    after: Usage
    surge: Usage = field(default_factory=dict)
    model: str = ""
    is_spare: bool = False

    def growth(self, resource: str) -> Decimal:
        """How much more it takes at its peak than before; negative if it frees something."""
        more = self.after.get(resource, _NONE) - self.before.get(resource, _NONE)
        return more + self.surge.get(resource, _NONE) if more >= 0 else more


def demands(
    objects: Sequence[KubernetesObject], live: Mapping[ObjectKey, Mapping[str, Any]], pods: Sequence[Pod]
) -> list[Demand]:
    """The demand of each workload of ``objects``, every rollout counted with the pods that it starts on top."""
    sizes = _Sizes(objects)
    return [_demand(item, live.get(item.key), pods, sizes) for item in objects if item.key.group_kind in WORKLOADS]


def runs(pod: Pod) -> bool:
    """Whether a pod takes anything for longer than a moment."""
    ended = pod.get("status", {}).get("phase") in ("Succeeded", "Failed")
    return not ended and "deletionTimestamp" not in pod["metadata"]


def is_spare(labels: Mapping[str, str]) -> bool:
    """Whether a pod with these labels holds spare capacity and makes way for others."""
    return labels.get(_COMPONENT) == SPARE


def selected(manifest: Mapping[str, Any], pods: Sequence[Pod]) -> list[Pod]:
    """The pods of a workload."""
    labels = manifest["spec"]["selector"]["matchLabels"].items()
    return [pod for pod in pods if labels <= (pod["metadata"].get("labels") or {}).items()]


def _demand(item: KubernetesObject, live: Mapping[str, Any] | None, pods: Sequence[Pod], sizes: "_Sizes") -> Demand:
    spec, labels = item.manifest["spec"], item.manifest["metadata"].get("labels") or {}
    each, count = usage_of(spec["template"]["spec"]), sizes.replicas(item, live)
    own = [pod for pod in selected(item.manifest, pods) if runs(pod)]
    return Demand(
        key=item.key,
        before=total(usage_of(pod["spec"]) for pod in own),
        after=times(each, count),
        surge=times(each, _surge(spec, count)) if live and item.key.kind == "Deployment" else {},
        model=labels.get(_MODEL, ""),
        is_spare=is_spare(labels),
    )


class _Sizes:
    """The sizes of workloads, and the autoscalers that set them."""

    def __init__(self, objects: Sequence[KubernetesObject]) -> None:
        self._least: dict[tuple[str, str, str], int] = {}
        for item in objects:
            if item.key.group_kind in _SCALERS:
                spec = item.manifest["spec"]
                least = spec.get("minReplicas", spec.get("minReplicaCount", 1))
                target = spec["scaleTargetRef"]
                self._least[item.key.namespace, target.get("kind", "Deployment"), target["name"]] = least

    def replicas(self, item: KubernetesObject, live: Mapping[str, Any] | None) -> int:
        """How many pods it has after the change; an autoscaler keeps what it decided."""
        wanted = item.manifest["spec"].get("replicas")
        if wanted is not None:
            return int(wanted)
        least = max(1, self._least.get((item.key.namespace, item.key.kind, item.key.name), 1))
        return max(least, int(live["spec"].get("replicas", 1))) if live else least


def _surge(spec: Mapping[str, Any], count: int) -> int:
    """The pods that a rollout cannot do without on top; none if it may stop a pod first."""
    strategy = spec.get("strategy") or {}
    if strategy.get("type") == "Recreate":
        return 0
    rolling = strategy.get("rollingUpdate") or {}
    unavailable = _part(rolling.get("maxUnavailable", "25%"), count, math.floor)
    return min(1, _part(rolling.get("maxSurge", "25%"), count, math.ceil)) if unavailable == 0 else 0


def _part(amount: int | str, count: int, rounded: Callable[[float], int]) -> int:
    return rounded(int(amount.removesuffix("%")) * count / 100) if isinstance(amount, str) else int(amount)
