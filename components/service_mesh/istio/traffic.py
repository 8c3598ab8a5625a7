"""How the proxies of a model's callers send requests to it."""

from collections.abc import Mapping, Sequence
from typing import Any

from components.service_mesh.istio.scope import NETWORKING, visible_in
from components.service_mesh.mesh_object import MeshObject
from components.service_mesh.meshed_model import Address, MeshedModel

_ZONE = "topology.kubernetes.io/zone"


def objects(model: MeshedModel) -> Sequence[MeshObject]:
    """Limits, time-out and retries of each address of the model."""
    limits = [_limits(address.service, model) for address in model.addresses]
    return [*limits, *(_waiting(address, model) for address in model.addresses)]


def _limits(service: str, model: MeshedModel) -> MeshObject:
    """Limits of a Service, by its short name: it is in the rule's own namespace.

    It says nothing of TLS: the proxies of callers see which pods have a proxy and encrypt to those, so that requests
    arrive while the pods get theirs, or lose it. A pod with a proxy refuses plain text in any case.
    Source: https://istio.io/latest/docs/ops/configuration/traffic-management/tls-configuration/#auto-mtls

    Source: https://istio.io/latest/docs/reference/config/networking/destination-rule/
    """
    pool, outliers = model.wanted.connection_pool, model.wanted.outliers
    policy = {
        "connectionPool": {
            "tcp": {"maxConnections": pool.max_connections, "connectTimeout": f"{pool.connect_timeout_seconds}s"},
            "http": {"http1MaxPendingRequests": pool.max_pending_requests, "http2MaxRequests": pool.max_requests},
        },
        "outlierDetection": {
            "consecutiveGatewayErrors": outliers.consecutive_errors,
            "consecutive5xxErrors": 0,
            "interval": f"{outliers.interval_seconds}s",
            "baseEjectionTime": f"{outliers.ejection_seconds}s",
            "maxEjectionPercent": outliers.max_ejected_percent,
        },
        "loadBalancer": _balancing(model),
    }
    spec = {"host": service, "exportTo": [*visible_in(model)], "trafficPolicy": policy}
    return MeshObject(api_version=NETWORKING, kind="DestinationRule", name=service, spec=spec)


def _balancing(model: MeshedModel) -> Mapping[str, Any]:
    """A proxy does not know the affinity of a Service: by the client's address it keeps it for a sticky model."""
    chosen: dict[str, Any] = (
        {"consistentHash": {"useSourceIp": True}} if model.keeps_clients_on_one_pod else {"simple": "LEAST_REQUEST"}
    )
    near = {"enabled": True, "failoverPriority": [_ZONE]} if model.wanted.prefer_near else {"enabled": False}
    return {**chosen, "localityLbSetting": near}


def _waiting(address: Address, model: MeshedModel) -> MeshObject:
    """Retries and time-out of callers in the mesh, and of verification; requests by a gateway have those of its route.

    Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRoute
    """
    routes = [_route(address.service, model, port) for port in address.ports]
    spec = {"hosts": [address.service], "exportTo": [*visible_in(model)], "http": routes}
    return MeshObject(api_version=NETWORKING, kind="VirtualService", name=address.service, spec=spec)


def _route(service: str, model: MeshedModel, port: int) -> Mapping[str, Any]:
    seconds = model.wanted.timeout_seconds
    return {
        "match": [{"port": port}],
        "route": [{"destination": {"host": service, "port": {"number": port}}}],
        "retries": _retries(model),
        **({"timeout": f"{seconds}s"} if seconds else {}),
    }


def _retries(model: MeshedModel) -> Mapping[str, Any]:
    """Always stated: without it, Istio sends requests again that have been computed."""
    retries = model.wanted.retries
    conditions = ",".join(condition.value for condition in retries.conditions)
    if not retries.attempts:
        return {"attempts": 0}
    return {"attempts": retries.attempts, "retryOn": conditions}
