"""Host names of models, and checks that their entrance to the cluster is configured and does what they ask of it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from settings.cluster.gateway import Gateway
from settings.cluster.ingress import Ingress
from settings.consistency.runtimes import protocol_of
from settings.model.exposure import Exposure
from settings.model.model import Model
from settings.model.release.weights import Sticky, WeightsRelease
from settings.validation.issues import Issue

_ENTRANCE_KEYS = {Exposure.GATEWAY: "name, namespace, hostname", Exposure.INGRESS: "namespace, hostname"}
# The backendRefs of one rule of an HTTPRoute, and its rules. Its other lists (at most 16 host names, 64 matches of a
# rule and 128 of a route) stay far below. https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule
ROUTE_BACKENDS, ROUTE_RULES = 16, 16
_PROTOCOLS = 2  # HTTP and gRPC have rules of their own.
_OWN_HOST = "leave hostname out for one below the entrance's domain"
_HOST_NAME_CHARACTERS = 253  # https://gateway-api.sigs.k8s.io/reference/spec/#hostname


def hostname_of(model: Model, gateway: Gateway | None, ingress: Ingress | None) -> str | None:
    """The host name of a model outside the cluster; None if it is not exposed by host name."""
    entrance = _entrance_of(model, gateway, ingress)
    return (model.hostname or f"{model.name}.{entrance.hostname}") if entrance else None


def exposure_issues(model: Model, gateway: Gateway | None, ingress: Ingress | None) -> Iterator[Issue]:
    """Check that a model exposed through a gateway or an Ingress controller has one, and that it suits the model."""
    if model.exposure in _ENTRANCE_KEYS and _entrance_of(model, gateway, ingress) is None:
        yield Issue(
            path=("exposure",),
            found=f"{model.exposure}, but the stack has none",
            expected=f"{model.exposure} among the stack's settings, or another exposure",
            hint=f"set {model.exposure}: {{{_ENTRANCE_KEYS[model.exposure]}}}",
        )
        return
    host = hostname_of(model, gateway, ingress) or ""
    if len(host) > _HOST_NAME_CHARACTERS:
        yield Issue(
            path=("hostname",),
            found=f"a default of {len(host)} characters",
            expected=f"a host name of at most {_HOST_NAME_CHARACTERS} characters",
            hint="set hostname, or shorten that of the entrance",
        )
    if model.exposure is Exposure.GATEWAY and len(model.versions) > ROUTE_BACKENDS:
        yield Issue(
            path=("versions",),
            found=f"{len(model.versions)} versions with exposure gateway",
            expected=f"at most {ROUTE_BACKENDS}, the backends that a rule of an HTTPRoute may have in the Gateway API",
            hint="remove versions that get no requests, or serve some of them as another model",
        )
    rules = _PROTOCOLS * model.release.route_rules(model.versions)
    if model.exposure is Exposure.GATEWAY and rules > ROUTE_RULES:
        yield Issue(
            path=("release",),
            found=f"{rules} rules of an HTTPRoute",
            expected=f"at most {ROUTE_RULES}, as in the Gateway API",
            hint="give fewer versions a weight above 0",
        )
    if model.stateful and model.exposure in _ENTRANCE_KEYS:
        yield Issue(
            path=("stateful",),
            found=f"true with exposure {model.exposure}, whose requests pass by the Service and its affinity",
            expected="exposure cluster-ip, node-port or load-balancer, or no stateful",
        )


def shared_host_issues(
    models: Sequence[Model], gateway: Gateway | None, ingress: Ingress | None
) -> Iterator[tuple[int, Issue]]:
    """Models that would get requests of another at their host name, by index.

    HTTP requests have the model's name in their path, so models may share a host name where that differs. gRPC requests
    have only the service there, which all models of a runtime have in common; an Ingress carries HTTP only.
    """
    by_host: dict[str, list[int]] = defaultdict(list)
    for index, model in enumerate(models):
        if host := hostname_of(model, gateway, ingress):
            by_host[host].append(index)
    for host, sharing in by_host.items():
        for index in sharing:
            model = models[index]
            others = [models[other] for other in sharing if other != index and models[other].name != model.name]
            if issue := _shared_host_issue(host, model, others):
                yield index, issue


def _shared_host_issue(host: str, model: Model, others: Sequence[Model]) -> Issue | None:
    """What most needs a change of a model that has its host name in common with others."""
    if elsewhere := [other for other in others if other.exposure is not model.exposure]:
        return Issue(
            path=("hostname",),
            found=f"'{host}', also that of '{elsewhere[0].name}' with exposure {elsewhere[0].exposure}",
            expected="one exposure for a host name, which leads to one address",
            hint=_OWN_HOST,
        )
    if (cookie := _cookie(model)) and (same := [other for other in others if _cookie(other) == cookie]):
        return Issue(
            path=("release", "sticky", "cookie"),
            found=f"'{cookie}' at '{host}', also that of '{same[0].name}'",
            expected="a cookie for each model of a host name, which a browser has once",
        )
    if same := [other for other in others if _meets_over_grpc(model, other)]:
        return Issue(
            path=("hostname",),
            found=f"'{host}', also that of '{same[0].name}'",
            expected=f"a host name for each model of {model.runtime}, whose gRPC paths name no model",
            hint=_OWN_HOST,
        )
    if same := [other for other in others if _path_of(other) == _path_of(model)]:
        return Issue(
            path=("servedName",),
            found=f"'{model.name_in_requests}' at '{host}', also that of '{same[0].name}'",
            expected="another name in requests for each model of a host name, whose paths differ in nothing else",
        )
    return None


def _path_of(model: Model) -> tuple[str, str]:
    """What decides the paths of a model: those of a protocol begin alike, whichever runtime speaks it."""
    return protocol_of(model.runtime) or model.runtime, model.name_in_requests


def _meets_over_grpc(model: Model, other: Model) -> bool:
    return model.exposure is Exposure.GATEWAY and model.runtime == other.runtime


def _cookie(model: Model) -> str | None:
    match model.release:
        case WeightsRelease(sticky=Sticky(cookie=cookie)):
            return cookie
        case _:
            return None


def _entrance_of(model: Model, gateway: Gateway | None, ingress: Ingress | None) -> Gateway | Ingress | None:
    match model.exposure:
        case Exposure.GATEWAY:
            return gateway
        case Exposure.INGRESS:
            return ingress
        case _:
            return None
