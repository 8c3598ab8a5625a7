"""Autoscaling: at its end, or without the metrics that it decides by."""

from collections.abc import Iterator, Sequence

from components.model_service.manifests import scaled_object
from components.monitoring_stack.rules.rule import MODEL_LABEL, UNHURRIED, Alert, Group, Severity
from components.monitoring_stack.rules.together import Together, alike, team_of
from components.monitoring_stack.rules.watched import Watched, labelled

_AUTOSCALER, _NAME = "kube_horizontalpodautoscaler", "horizontalpodautoscaler"
_BY_NAME = f"max by ({_NAME})"
_KEDA = "keda-hpa-"
"""What KEDA puts before the name of a ScaledObject to name the autoscaler that it makes."""


def groups(model: Watched) -> Iterator[Group]:
    """The alert on what KEDA asks of a model, if it scales it."""
    if is_scaled_by_keda(model):
        yield Group(name=f"{model.name}-scaler", rules=[_scaler_failing(model)], interval=UNHURRIED)


def groups_together(models: Sequence[Watched]) -> Iterator[Group]:
    """The alerts on the autoscalers of the models that have any."""
    scaled = [model for model in models if model.args.model.scaling]
    for by_keda, alike_scaled in alike(scaled, is_scaled_by_keda):
        alerts = [alert for team, same in alike(alike_scaled.models, team_of) for alert in _autoscaled(same, team)]
        yield Group(name="scaling-by-keda" if by_keda else "scaling", rules=alerts, interval=UNHURRIED)


def is_scaled_by_keda(model: Watched) -> bool:
    """Whether KEDA scales the model, and not Kubernetes' own autoscaler alone."""
    return scaled_object.scales_by(model.args) is not None


def autoscalers(model: Watched, what: str, *matchers: str) -> str:
    """Series of kube-state-metrics of the model's autoscalers."""
    names = f"{_KEDA}({model.workloads})" if is_scaled_by_keda(model) else model.workloads
    return model.of_namespace(f"{_AUTOSCALER}_{what}", f'{_NAME}=~"{names}"', *matchers)


def _with_model(models: Together, of_autoscalers: str) -> str:
    """What is said of autoscalers, with the label of their model."""
    prefix = _KEDA if is_scaled_by_keda(models) else ""
    return labelled(of_autoscalers, MODEL_LABEL, "$1", _NAME, f"{prefix}(.+)-v[0-9]+")


def _autoscaled(models: Together, team: str) -> Iterator[Alert]:
    # One that cannot scale is always at its maximum.
    if growing := [model for model in models.models if not _is_fixed(model)]:
        yield _at_maximum(Together.of(growing), team)
    yield _blind(models, team)


def _is_fixed(model: Watched) -> bool:
    return model.args.model.max_replicas == model.args.model.min_replicas


def _at_maximum(models: Together, team: str) -> Alert:
    current = f"{_BY_NAME} ({autoscalers(models, 'status_current_replicas')})"
    return Alert(
        name="ModelReplicasAtMaximum",
        expr=_with_model(models, f"{current} >= {_BY_NAME} ({autoscalers(models, 'spec_max_replicas')})"),
        lasting="15m",
        severity=Severity.WARNING,
        summary=f"Model {models.name} cannot get more pods",
        description="{{ $labels.horizontalpodautoscaler }} is at its maximum of {{ $value }} pods.",
        team=team,
    )


def _blind(models: Together, team: str) -> Alert:
    inactive = autoscalers(models, "status_condition", 'condition="ScalingActive"', 'status="false"')
    # At zero pods, an autoscaler is switched off.
    pods = f"{_BY_NAME} ({autoscalers(models, 'status_current_replicas')})"
    return Alert(
        name="ModelAutoscalerBlind",
        expr=_with_model(models, f"{pods} > 0 and {_BY_NAME} ({inactive}) == 1"),
        lasting="10m",
        severity=Severity.WARNING,
        summary=f"The autoscaler of model {models.name} has no metrics",
        description="{{ $labels.horizontalpodautoscaler }} cannot measure the load, and stays at {{ $value }} pods.",
        team=team,
    )


def _scaler_failing(model: Watched) -> Alert:
    # With a fallback, KEDA gives the autoscaler a number of pods, and its condition stays good.
    of_scaler = f'scaledObject=~"{model.workloads}"'
    errors = model.of_others("keda_scaler_detail_errors_total", of_scaler, within="increase({}[5m])")
    return Alert(
        name="ModelScalerFailing",
        expr=f"sum by (scaledObject, metric) {errors} > 0",
        lasting="10m",
        severity=Severity.WARNING,
        summary=f"KEDA cannot measure the load of model {model.name}",
        description='{{ $value | printf "%.0f" }} queries of {{ $labels.metric }} failed within 5 minutes.',
        model=model.name,
    )
