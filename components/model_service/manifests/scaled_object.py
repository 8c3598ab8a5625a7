"""Scaling by what Prometheus measures and by the clock, for KEDA.

Source: https://keda.sh/docs/latest/reference/scaledobject-spec/
"""

from typing import Any, assert_never

import pulumi
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.metadata import COLD_START_ANNOTATION, object_metadata
from components.model_service.args import ModelServiceArgs, ServedVersion
from components.model_service.manifests import load_queries
from components.model_service.manifests.scaling import behavior, scale_target
from settings import (
    ArrivalRate,
    Autoscaling,
    CpuUtilization,
    Engine,
    ExternalTarget,
    GpuUtilization,
    LatencyP95,
    MemoryUtilization,
    PodTarget,
    QueueLength,
    RequestRate,
    ResourceTarget,
    Scaling,
    Schedule,
)

_FAILURES_BEFORE_FALLBACK = 3
_PAUSED = "autoscaling.keda.sh/paused-replicas"

Trigger = dict[str, Any]


def scales_by(args: ModelServiceArgs) -> Autoscaling | None:
    """What KEDA scales the model by; None if it does not, as it has a fixed number or Kubernetes' own autoscaler."""
    wanted, cluster = args.model.scaling, args.autoscaling
    if wanted is None or wanted.is_by_resources_alone or cluster is None or cluster.engine is not Engine.KEDA:
        return None
    return cluster


def metadata(served: ServedVersion, scaling: Scaling) -> ObjectMetaArgs:
    """The metadata of the ScaledObject of a version, with the expected duration of a start from zero pods.

    KEDA keeps a version that does not run at zero pods: https://keda.sh/docs/latest/concepts/scaling-deployments/
    """
    seconds = scaling.cold_start_seconds
    cold_start = {COLD_START_ANNOTATION: str(seconds)} if seconds else {}
    paused = {} if served.is_running else {_PAUSED: "0"}
    return object_metadata(
        served.name, served.args.namespace, labels=served.labels, annotations={**cold_start, **paused}
    )


def spec(served: ServedVersion, scaling: Scaling, autoscaling: Autoscaling) -> dict[str, Any]:
    """The spec of a ScaledObject: up immediately, down slowly, and never down because metrics are missing."""
    made: dict[str, Any] = {
        "scaleTargetRef": scale_target(served),
        "pollingInterval": autoscaling.polling_seconds,
        "minReplicaCount": scaling.min_replicas,
        "maxReplicaCount": scaling.max_replicas,
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": behavior(scaling)}},
        "triggers": [
            *(_resource_trigger(target) for target in scaling.resource_targets),
            *(_pod_trigger(served, target, autoscaling) for target in scaling.pod_targets),
            *(_external_trigger(served, target, autoscaling) for target in scaling.external_targets),
            *(_cron_trigger(index, schedule) for index, schedule in enumerate(scaling.schedules, start=1)),
        ],
    }
    if scaling.min_replicas == 0:
        made["cooldownPeriod"] = scaling.scale_down_window_seconds
    if scaling.prometheus_targets:
        made["fallback"] = {
            "failureThreshold": _FAILURES_BEFORE_FALLBACK,
            "replicas": scaling.fallback_replicas or max(1, scaling.min_replicas),
            "behavior": "currentReplicasIfHigher",
        }
    return made


def _resource_trigger(target: ResourceTarget) -> Trigger:
    match target:
        case CpuUtilization(percent):
            return _utilization_trigger("cpu", percent)
        case MemoryUtilization(percent):
            return _utilization_trigger("memory", percent)
        case _:
            assert_never(target)


def _pod_trigger(served: ServedVersion, target: PodTarget, autoscaling: Autoscaling) -> Trigger:
    window = autoscaling.window_seconds
    namespace = pulumi.Output.from_input(served.args.namespace)
    match target:
        case RequestRate(per_second):
            query = namespace.apply(lambda name: load_queries.requests_per_second(served, name, window))
            return _prometheus_trigger("requests", "AverageValue", query, per_second, autoscaling)
        case LatencyP95(milliseconds):
            query = namespace.apply(lambda name: load_queries.latency_p95_milliseconds(served, name, window))
            return _prometheus_trigger("latency", "Value", query, milliseconds, autoscaling)
        case GpuUtilization(percent):
            query = namespace.apply(lambda name: load_queries.gpu_utilization_percent(served, name))
            return _prometheus_trigger("gpu", "Value", query, percent, autoscaling)
        case _:
            assert_never(target)


def _external_trigger(served: ServedVersion, target: ExternalTarget, autoscaling: Autoscaling) -> Trigger:
    query = load_queries.share(served, target.query)
    match target:
        case QueueLength(per_pod=per_pod):
            return _prometheus_trigger("queue", "AverageValue", query, per_pod, autoscaling)
        case ArrivalRate(per_second=per_second):
            return _prometheus_trigger("arrivals", "AverageValue", query, per_second, autoscaling)
        case _:
            assert_never(target)


def _utilization_trigger(resource: str, percent: int) -> Trigger:
    return {"type": resource, "metricType": "Utilization", "metadata": {"value": str(percent)}}


def _prometheus_trigger(
    name: str, metric_type: str, query: pulumi.Input[str], threshold: float, autoscaling: Autoscaling
) -> Trigger:
    return {
        "type": "prometheus",
        "name": name,
        "metricType": metric_type,
        "metadata": {
            "serverAddress": autoscaling.prometheus,
            "query": query,
            "threshold": f"{threshold:.15g}",
            # By default, a query without a result counts as 0.
            "ignoreNullValues": "false",
        },
    }


def _cron_trigger(number: int, schedule: Schedule) -> Trigger:
    return {
        "type": "cron",
        "name": f"schedule-{number}",
        "metadata": {
            "timezone": schedule.timezone,
            "start": schedule.start,
            "end": schedule.end,
            "desiredReplicas": str(schedule.replicas),
        },
    }
