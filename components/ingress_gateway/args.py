"""The arguments of a gateway that the stack owns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import pulumi

from settings import Autoscaling, Gateway, Monitoring, Platform
from settings.cluster.owned_gateway.owned_gateway import OwnedGateway
from settings.consistency import gateway_hosts


@dataclass(frozen=True, kw_only=True)
class IngressGatewayArgs:
    """``gateway`` is what the settings say of it, with ``owned``. Its routes lead to models of the namespace
    ``models``, which exists already.

    ``own_hosts`` are the host names of models that are not right below the gateway's domain, ``certificate_names`` the
    names that a certificate is ordered for. The proxies are configured from the namespace ``controller``, in Istio by
    its ``revision``, and their metrics read by what scales and watches the models. Where one is ``sampled``, they send
    copies of requests to its sampler.
    """

    gateway: Gateway
    owned: OwnedGateway
    models: pulumi.Input[str]
    controller: str
    own_hosts: Sequence[str] = ()
    certificate_names: Sequence[str] = ()
    revision: str | None = None
    sampled: bool = False
    autoscaling: Autoscaling | None = None
    monitoring: Monitoring | None = None

    @classmethod
    def of(cls, platform: Platform, gateway: Gateway, owned: OwnedGateway, models: pulumi.Input[str]) -> Self:
        """The gateway of ``platform``."""
        return cls(
            gateway=gateway,
            owned=owned,
            models=models,
            controller=owned.controller_namespace or platform.mesh.control_plane_namespace,
            own_hosts=gateway_hosts.own_hosts(platform.models, gateway),
            certificate_names=gateway_hosts.certificate_names(platform.models, gateway),
            revision=platform.mesh.revision,
            sampled=any(model.sampling for model in platform.models),
            autoscaling=platform.autoscaling,
            monitoring=platform.monitoring,
        )

    @property
    def certificate_secret(self) -> str:
        """The Secret that has the certificate."""
        return self.owned.certificate.secret or f"{self.gateway.name}-tls"
