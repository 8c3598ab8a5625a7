"""How many servers a version has, and how many of them a node drain may take away at once."""

from pulumi_kubernetes import autoscaling, policy

from components.metadata import object_metadata, select
from components.model_service.args import ServedVersion
from settings import Scaling

_STEP_SECONDS = 30


def autoscaler(served: ServedVersion, scaling: Scaling) -> autoscaling.v2.HorizontalPodAutoscalerInitArgs:
    """Follows the use of CPU and memory: up at once and by doubling, down slowly and by a quarter."""
    return autoscaling.v2.HorizontalPodAutoscalerInitArgs(
        metadata=object_metadata(served.name, served.args.namespace, labels=served.labels),
        spec=autoscaling.v2.HorizontalPodAutoscalerSpecArgs(
            scale_target_ref=autoscaling.v2.CrossVersionObjectReferenceArgs(
                api_version="apps/v1",
                kind="StatefulSet" if served.model.stateful else "Deployment",
                name=served.name,
            ),
            min_replicas=scaling.min_replicas,
            max_replicas=scaling.max_replicas,
            metrics=_metrics(scaling),
            behavior=autoscaling.v2.HorizontalPodAutoscalerBehaviorArgs(
                scale_up=_rules(0, pods=4, percent=100),
                scale_down=_rules(scaling.scale_down_window_seconds, pods=1, percent=25),
            ),
        ),
    )


def disruption_budget(served: ServedVersion) -> policy.v1.PodDisruptionBudgetInitArgs:
    """One pod at a time. A pod that is not Ready serves nobody and never holds up a drain."""
    return policy.v1.PodDisruptionBudgetInitArgs(
        metadata=object_metadata(served.name, served.args.namespace, labels=served.labels),
        spec=policy.v1.PodDisruptionBudgetSpecArgs(
            max_unavailable=1,
            selector=select(served.selector),
            unhealthy_pod_eviction_policy="AlwaysAllow",
        ),
    )


def _metrics(scaling: Scaling) -> list[autoscaling.v2.MetricSpecArgs]:
    targets = {"cpu": scaling.cpu_utilization_percent, "memory": scaling.memory_utilization_percent}
    return [_utilization(resource, percent) for resource, percent in targets.items() if percent is not None]


def _utilization(resource: str, percent: int) -> autoscaling.v2.MetricSpecArgs:
    target = autoscaling.v2.MetricTargetArgs(type="Utilization", average_utilization=percent)
    return autoscaling.v2.MetricSpecArgs(
        type="Resource", resource=autoscaling.v2.ResourceMetricSourceArgs(name=resource, target=target)
    )


def _rules(window_seconds: int, *, pods: int, percent: int) -> autoscaling.v2.HPAScalingRulesArgs:
    return autoscaling.v2.HPAScalingRulesArgs(
        stabilization_window_seconds=window_seconds,
        select_policy="Max",
        policies=[
            autoscaling.v2.HPAScalingPolicyArgs(type="Pods", value=pods, period_seconds=_STEP_SECONDS),
            autoscaling.v2.HPAScalingPolicyArgs(type="Percent", value=percent, period_seconds=_STEP_SECONDS),
        ],
    )
