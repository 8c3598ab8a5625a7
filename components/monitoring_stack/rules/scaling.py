"""Autoscaling: at its end, or without the metrics that it decides by."""

from collections.abc import Iterator

from components.model_service.manifests import scaled_object
from components.monitoring_stack.rules.rule import UNHURRIED, Alert, Group, Severity
from components.monitoring_stack.rules.watched import Watched

_AUTOSCALER = "kube_horizontalpodautoscaler"


def groups(model: Watched) -> Iterator[Group]:
    """The alerts on the autoscalers of a model, if it has any."""
    if model.args.model.scaling:
        alerts = [*_at_maximum(model), _blind(model), *_scaler_failing(model)]
        yield Group(name=f"{model.name}-scaling", rules=alerts, interval=UNHURRIED)


def is_scaled_by_keda(model: Watched) -> bool:
    """Whether KEDA scales the model, and not Kubernetes' own autoscaler alone."""
    return scaled_object.scales_by(model.args) is not None


def autoscalers(model: Watched, what: str, *matchers: str) -> str:
    """Series of kube-state-metrics of the model's autoscalers."""
    # KEDA calls the autoscaler that it makes for a ScaledObject so.
    names = f'horizontalpodautoscaler=~"(keda-hpa-)?({model.workloads})"'
    return model.of_namespace(f"{_AUTOSCALER}_{what}", names, *matchers)


def _at_maximum(model: Watched) -> Iterator[Alert]:
    # One that cannot scale is always there.
    if model.args.model.max_replicas == model.args.model.min_replicas:
        return
    by_name = "max by (horizontalpodautoscaler)"
    current = f"{by_name} ({autoscalers(model, 'status_current_replicas')})"
    yield Alert(
        name="ModelReplicasAtMaximum",
        expr=f"{current} >= {by_name} ({autoscalers(model, 'spec_max_replicas')})",
        lasting="15m",
        severity=Severity.WARNING,
        summary=f"Model {model.name} cannot get more pods",
        description="{{ $labels.horizontalpodautoscaler }} is at its maximum of {{ $value }} pods.",
        model=model.name,
    )


def _blind(model: Watched) -> Alert:
    by_name = "max by (horizontalpodautoscaler)"
    inactive = autoscalers(model, "status_condition", 'condition="ScalingActive"', 'status="false"')
    # At zero pods, an autoscaler is switched off.
    pods = f"{by_name} ({autoscalers(model, 'status_current_replicas')})"
    return Alert(
        name="ModelAutoscalerBlind",
        expr=f"{pods} > 0 and {by_name} ({inactive}) == 1",
        lasting="10m",
        severity=Severity.WARNING,
        summary=f"The autoscaler of model {model.name} has no metrics",
        description="{{ $labels.horizontalpodautoscaler }} cannot measure the load, and stays at {{ $value }} pods.",
        model=model.name,
    )


def _scaler_failing(model: Watched) -> Iterator[Alert]:
    if not is_scaled_by_keda(model):
        return
    # With a fallback, KEDA gives the autoscaler a number of pods, and its condition stays good.
    of_scaler = f'scaledObject=~"{model.workloads}"'
    errors = model.of_others("keda_scaler_detail_errors_total", of_scaler, within="increase({}[5m])")
    yield Alert(
        name="ModelScalerFailing",
        expr=f"sum by (scaledObject, metric) {errors} > 0",
        lasting="10m",
        severity=Severity.WARNING,
        summary=f"KEDA cannot measure the load of model {model.name}",
        description='{{ $value | printf "%.0f" }} queries of {{ $labels.metric }} failed within 5 minutes.',
        model=model.name,
    )
