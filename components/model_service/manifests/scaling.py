"""How many servers a version has, and how many of them a node drain may evict at a time."""

from typing import assert_never

from pulumi_kubernetes import autoscaling, policy

from components.adapter_metrics import adapter_metric
from components.metadata import object_metadata, select
from components.model_service.args import ServedVersion
from settings import (
    CpuUtilization,
    GpuUtilization,
    LatencyP95,
    MemoryUtilization,
    PodTarget,
    RequestRate,
    ResourceTarget,
    Scaling,
)

_STEP_SECONDS = 30
# A model that moves from this autoscaler to KEDA's briefly has both, which KEDA's webhook would otherwise reject.
_HANDED_OVER = {"validations.keda.sh/hpa-ownership": "false"}


def autoscaler(served: ServedVersion, scaling: Scaling) -> autoscaling.v2.HorizontalPodAutoscalerInitArgs:
    """Follows CPU and memory utilization and prometheus-adapter's metrics: up immediately, down slowly."""
    return autoscaling.v2.HorizontalPodAutoscalerInitArgs(
        metadata=object_metadata(
            served.name, served.args.namespace, labels=served.labels, annotations=dict(_HANDED_OVER)
        ),
        spec=autoscaling.v2.HorizontalPodAutoscalerSpecArgs(
            scale_target_ref=scale_target(served),
            min_replicas=scaling.min_replicas,
            max_replicas=scaling.max_replicas,
            metrics=[
                *(_resource_metric(target) for target in scaling.resource_targets),
                *(_pod_metric(served, target) for target in scaling.pod_targets),
            ],
            behavior=behavior(scaling),
        ),
    )


def scale_target(served: ServedVersion) -> autoscaling.v2.CrossVersionObjectReferenceArgs:
    """The workload of a version."""
    return autoscaling.v2.CrossVersionObjectReferenceArgs(
        api_version="apps/v1", kind="StatefulSet" if served.model.stateful else "Deployment", name=served.name
    )


def behavior(scaling: Scaling) -> autoscaling.v2.HorizontalPodAutoscalerBehaviorArgs:
    """Up immediately, at most doubling; down after the window, by a quarter at a time."""
    return autoscaling.v2.HorizontalPodAutoscalerBehaviorArgs(
        scale_up=_rules(0, pods=4, percent=100),
        scale_down=_rules(scaling.scale_down_window_seconds, pods=1, percent=25),
    )


def disruption_budget(served: ServedVersion) -> policy.v1.PodDisruptionBudgetInitArgs:
    """One pod at a time. A pod that is not Ready serves no requests and never blocks a drain."""
    return policy.v1.PodDisruptionBudgetInitArgs(
        metadata=object_metadata(served.name, served.args.namespace, labels=served.labels),
        spec=policy.v1.PodDisruptionBudgetSpecArgs(
            max_unavailable=1,
            selector=select(served.selector),
            unhealthy_pod_eviction_policy="AlwaysAllow",
        ),
    )


def _resource_metric(target: ResourceTarget) -> autoscaling.v2.MetricSpecArgs:
    match target:
        case CpuUtilization(percent):
            return _utilization("cpu", percent)
        case MemoryUtilization(percent):
            return _utilization("memory", percent)
        case _:
            assert_never(target)


def _utilization(resource: str, percent: int) -> autoscaling.v2.MetricSpecArgs:
    target = autoscaling.v2.MetricTargetArgs(type="Utilization", average_utilization=percent)
    return autoscaling.v2.MetricSpecArgs(
        type="Resource", resource=autoscaling.v2.ResourceMetricSourceArgs(name=resource, target=target)
    )


def _pod_metric(served: ServedVersion, target: PodTarget) -> autoscaling.v2.MetricSpecArgs:
    return autoscaling.v2.MetricSpecArgs(
        type="Pods",
        pods=autoscaling.v2.PodsMetricSourceArgs(
            metric=autoscaling.v2.MetricIdentifierArgs(name=adapter_metric(target, served.model.runtime)),
            target=autoscaling.v2.MetricTargetArgs(type="AverageValue", average_value=_average_value(target)),
        ),
    )


def _average_value(target: PodTarget) -> str:
    match target:
        case RequestRate(per_second):
            return _milli(per_second)
        case LatencyP95(milliseconds):
            return str(milliseconds)
        case GpuUtilization(percent):
            return str(percent)
        case _:
            assert_never(target)


def _milli(value: float) -> str:
    """A plain number as a Kubernetes quantity."""
    return f"{value:.0f}" if value == int(value) else f"{max(1, round(value * 1000))}m"


def _rules(window_seconds: int, *, pods: int, percent: int) -> autoscaling.v2.HPAScalingRulesArgs:
    return autoscaling.v2.HPAScalingRulesArgs(
        stabilization_window_seconds=window_seconds,
        select_policy="Max",
        policies=[
            autoscaling.v2.HPAScalingPolicyArgs(type="Pods", value=pods, period_seconds=_STEP_SECONDS),
            autoscaling.v2.HPAScalingPolicyArgs(type="Percent", value=percent, period_seconds=_STEP_SECONDS),
        ],
    )
