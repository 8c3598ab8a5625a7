"""The defaults of each environment, in the spelling of the stack file."""

from collections.abc import Mapping
from typing import Any

from settings.environment import Environment
from settings.values.unvalidated import is_list, is_mapping

_DEFAULTS: Mapping[Environment, Mapping[str, Mapping[str, Any]]] = {
    Environment.DEV: {
        "scaling": {"minReplicas": 1, "maxReplicas": 3},
        "volume": {"protect": False, "whenDeleted": "Delete"},
        "quota": {"cpu": "64", "memory": "256Gi", "storage": "200Gi", "gpus": 4, "pods": 100},
    },
    Environment.STAGING: {
        "scaling": {"minReplicas": 2, "maxReplicas": 4},
        "volume": {"protect": False, "whenDeleted": "Delete"},
        "quota": {"cpu": "128", "memory": "512Gi", "storage": "500Gi", "gpus": 8, "pods": 200},
    },
    Environment.PROD: {
        "scaling": {"minReplicas": 2, "maxReplicas": 10},
        "volume": {"protect": True, "whenDeleted": "Retain"},
        "quota": {"cpu": "512", "memory": "2Ti", "storage": "2Ti", "gpus": 32, "pods": 500},
    },
}


def scaling_defaults(environment: Environment) -> Mapping[str, Any]:
    """Defaults for the autoscaling of a model without fixed replicas."""
    return _DEFAULTS[environment]["scaling"]


def volume_defaults(environment: Environment) -> Mapping[str, Any]:
    """Defaults for the volume of a model that has one."""
    return _DEFAULTS[environment]["volume"]


def quota_defaults(environment: Environment) -> Mapping[str, Any]:
    """Defaults for the quota of a stack's namespace."""
    return _DEFAULTS[environment]["quota"]


def with_defaults(platform: Mapping[str, Any]) -> dict[str, Any]:
    """The stack's values merged over the defaults of its environment, not yet validated.

    Values of the wrong type are left for the validation to report. An unknown environment gets the defaults of dev: it
    is rejected later, without further errors about values that a known environment would have supplied.
    """
    environment = _environment(platform.get("environment"))
    merged = {**platform, "quota": _over(quota_defaults(environment), platform.get("quota"))}
    if is_list(models := platform.get("models")):
        merged["models"] = [_model_with_defaults(model, environment) for model in models]
    return merged


def _environment(value: object) -> Environment:
    return Environment(value) if value in list(Environment) else Environment.DEV


def _model_with_defaults(model: object, environment: Environment) -> object:
    if not is_mapping(model):
        return model
    merged = dict(model)
    if model.get("scaling") is not None or model.get("replicas") is None:
        merged["scaling"] = _over(scaling_defaults(environment), model.get("scaling"))
    if model.get("volume") is not None:
        merged["volume"] = _over(volume_defaults(environment), model["volume"])
    return merged


def _over(defaults: Mapping[str, Any], own: object) -> object:
    if own is None:
        return dict(defaults)
    return {**defaults, **own} if is_mapping(own) else own
