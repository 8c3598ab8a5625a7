"""The pods by which requests to a model come from outside the cluster, as a mesh knows them."""

from typing import NamedTuple

from settings.cluster.gateway import Gateway
from settings.cluster.ingress import Ingress
from settings.cluster.mesh.mesh import Mesh
from settings.model.exposure import Exposure
from settings.model.model import Model


class Entrance(NamedTuple):
    """Pods of ``namespace`` with the ServiceAccount ``service_account``; None where the settings do not say which."""

    namespace: str
    service_account: str | None


def entrance_of(mesh: Mesh, model: Model, gateway: Gateway | None, ingress: Ingress | None) -> Entrance | None:
    """The entrance of a model's exposure; None if it has none.

    Istio gives the pods of a Gateway the ServiceAccount ``<gateway>-istio``.
    Source: https://istio.io/latest/docs/tasks/traffic-management/ingress/gateway-api/#automated-deployment
    """
    match model.exposure, gateway, ingress:
        case Exposure.GATEWAY, Gateway() as found, _:
            return Entrance(found.namespace, mesh.gateway_service_account or found.name_of_istios_proxies)
        case Exposure.INGRESS, _, Ingress() as found:
            return Entrance(found.namespace, mesh.ingress_service_account)
        case _:
            return None
