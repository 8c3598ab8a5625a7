"""Gateways that a stack owns."""

from collections.abc import Callable, Mapping

import pulumi

from components import IngressGateway, IngressGatewayArgs
from settings import Gateway, Monitoring
from settings.cluster.access_logs import AccessLogs, LoggedRequests
from settings.cluster.owned_gateway.certificate import Certificate, CertificateIssuer
from settings.cluster.owned_gateway.owned_gateway import OwnedGateway

Construct = Callable[[str, str, pulumi.ResourceOptions | None], IngressGateway]

ISTIO = OwnedGateway(
    certificate=Certificate(issuer=CertificateIssuer(name="public")),
    access_logs=AccessLogs(requests=LoggedRequests.ERRORS),
    annotations={"load-balancer.example/internal": "true"},
)
OTHER = OwnedGateway(
    class_name="other",
    controller_namespace="other-system",
    certificate=Certificate(secret="models-tls"),
    clients=("192.0.2.0/24",),
    tls_options={"other.example/least-version": "TLSv1.2"},
)


def args_of(
    owned: OwnedGateway, name: str = "public", namespace: str = "gateway", models: str = "models"
) -> IngressGatewayArgs:
    return IngressGatewayArgs(
        gateway=Gateway(name=name, namespace=namespace, hostname="models.example", owned=owned),
        owned=owned,
        models=models,
        controller=owned.controller_namespace or "istio-system",
        own_hosts=["digits.example.org"],
        certificate_names=["*.models.example", "digits.example.org"],
        monitoring=Monitoring(scraper_namespace="monitoring"),
    )


def _gateway(owned: OwnedGateway) -> Construct:
    def construct(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> IngressGateway:
        return IngressGateway(name, args_of(owned, name, f"{namespace}-{name}", namespace), opts)

    return construct


INGRESS_GATEWAY: Mapping[str, Construct] = {
    "IngressGateway-istio": _gateway(ISTIO),
    "IngressGateway-other": _gateway(OTHER),
}
