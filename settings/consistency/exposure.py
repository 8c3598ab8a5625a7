"""Host names of models, and checks that their entrance to the cluster is configured."""

from collections.abc import Iterator

from settings.cluster.gateway import Gateway
from settings.cluster.ingress import Ingress
from settings.model.model import Exposure, Model
from settings.validation.issues import Issue

_ENTRANCE_KEYS = {Exposure.GATEWAY: "name, namespace, hostname", Exposure.INGRESS: "namespace, hostname"}


def hostname_of(model: Model, gateway: Gateway | None, ingress: Ingress | None) -> str | None:
    """The host name of a model outside the cluster; None if it is not exposed by host name."""
    entrance = _entrance_of(model, gateway, ingress)
    return (model.hostname or f"{model.name}.{entrance.hostname}") if entrance else None


def exposure_issues(model: Model, gateway: Gateway | None, ingress: Ingress | None) -> Iterator[Issue]:
    """Check that a model exposed through a gateway or an Ingress controller has one."""
    if model.exposure in _ENTRANCE_KEYS and _entrance_of(model, gateway, ingress) is None:
        yield Issue(
            path=("exposure",),
            found=f"{model.exposure}, but the stack has none",
            expected=f"{model.exposure} among the stack's settings, or another exposure",
            hint=f"set {model.exposure}: {{{_ENTRANCE_KEYS[model.exposure]}}}",
        )


def _entrance_of(model: Model, gateway: Gateway | None, ingress: Ingress | None) -> Gateway | Ingress | None:
    match model.exposure:
        case Exposure.GATEWAY:
            return gateway
        case Exposure.INGRESS:
            return ingress
        case _:
            return None
