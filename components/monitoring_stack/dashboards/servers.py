"""Panels on the pods of models: how many there are, how long they take to start, and what they use."""

from collections.abc import Sequence

from components.monitoring_stack.dashboards.panel import Limit, Panel, Unit
from components.monitoring_stack.dashboards.shown import WINDOW, Shown, asked
from components.monitoring_stack.rules.resources import MOST_PERCENT, cpu_percent, memory_percent
from components.monitoring_stack.rules.scaling import autoscalers

_SCALER = "{{horizontalpodautoscaler}}"


def available(model: Shown) -> str:
    """Ready pods, by line."""
    return model.by_workload(model.available(model.workloads))


def wanted(model: Shown) -> str:
    """Pods that there should be, by line."""
    return model.by_workload(model.wanted(model.workloads))


def pods(models: Sequence[Shown]) -> Panel:
    """Ready pods, and how many are wanted."""
    return Panel(
        title="Pods",
        description="Ready pods, and those that are wanted.",
        unit=Unit.COUNT,
        queries=[
            *asked(models, available, f"ready {models[0].legend}"),
            *asked(models, wanted, f"wanted {models[0].legend}"),
        ],
        alerts=["ModelUnavailable", "ModelServerDown"],
    )


def restarts(models: Sequence[Shown]) -> Panel:
    """Containers that were started again."""
    name = "kube_pod_container_status_restarts_total"
    return Panel(
        title="Restarts",
        description="Restarts of servers within an hour.",
        unit=Unit.COUNT,
        queries=asked(models, lambda model: model.by_pod(f"increase({model.of_containers(name)}[1h])")),
        alerts=["ModelServerDown", "ModelMemoryHigh"],
    )


def start(models: Sequence[Shown]) -> Panel:
    """How long a pod takes until it is ready."""
    return Panel(
        title="Time until ready",
        description="From the start of a pod until it was ready for the last time: with the copy of its files, and the "
        "load and warm-up of its model.",
        unit=Unit.SECONDS,
        queries=asked(models, _start, "{{pod}}"),
    )


def _start(model: Shown) -> str:
    of_pods = f'pod=~"{model.pods}"'
    ready, began = (model.of_namespace(f"kube_pod_{what}", of_pods) for what in ("status_ready_time", "start_time"))
    return f"max by (pod) ({ready}) - max by (pod) ({began})"


def warmup(models: Sequence[Shown]) -> Panel:
    """How long the warm-up alone takes."""
    return Panel(
        title="Warm-up",
        description="Mean time of a warm-up since the servers began, where models bring requests for it and "
        "the runtime counts it.",
        unit=Unit.MILLISECONDS,
        queries=asked(models, _warmup),
    )


def _warmup(model: Shown) -> str | None:
    timed = model.counts.warmup
    if timed is None:
        return None
    total, count = (f"sum by ({model.line}) ({model.own(series)})" for series in (timed.total, timed.count))
    return f"{total} / {count} / {model.counts.units_per_millisecond}"


def autoscaler(models: Sequence[Shown]) -> Panel:
    """What autoscalers make of the load."""
    scaled = [model for model in models if model.args.model.scaling]
    by_name = "max by (horizontalpodautoscaler)"
    return Panel(
        title="Autoscaler",
        description="Pods that the autoscaler has and may have at most.",
        unit=Unit.COUNT,
        queries=[
            *asked(
                scaled, lambda model: f"{by_name} ({autoscalers(model, 'status_current_replicas')})", f"pods {_SCALER}"
            ),
            *asked(
                scaled, lambda model: f"{by_name} ({autoscalers(model, 'spec_max_replicas')})", f"maximum {_SCALER}"
            ),
        ],
        alerts=["ModelReplicasAtMaximum", "ModelAutoscalerBlind"],
    )


def cpu(models: Sequence[Shown]) -> Panel:
    """The CPU of each pod."""
    return Panel(
        title="CPU",
        description="CPU that each server uses of its limit.",
        unit=Unit.PERCENT,
        queries=asked(models, lambda model: cpu_percent(model, WINDOW), "{{pod}}"),
        limit=Limit(value=MOST_PERCENT),
        alerts=["ModelCpuHigh"],
    )


def memory(models: Sequence[Shown]) -> Panel:
    """The memory of each pod."""
    return Panel(
        title="Memory",
        description="Memory that each server uses of its limit.",
        unit=Unit.PERCENT,
        queries=asked(models, memory_percent, "{{pod}}"),
        limit=Limit(value=MOST_PERCENT),
        alerts=["ModelMemoryHigh"],
    )
