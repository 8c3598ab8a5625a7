"""Access from outside the cluster through the Gateway API."""

from settings.cluster.owned_gateway.owned_gateway import OwnedGateway
from settings.validation.section import Section
from settings.values.text import DnsLabel, HostName


class Gateway(Section):
    """A Gateway API `Gateway` that models attach routes to. The platform team runs it, or the stack makes it."""

    name: DnsLabel
    """Name of the Gateway."""
    namespace: DnsLabel
    """Namespace of the Gateway; only pods in it can reach the models."""
    hostname: HostName
    """Domain of the models: a model without a host name of its own is reached at `<model>.<hostname>`."""
    owned: OwnedGateway | None = None
    """What the stack makes of the gateway; if not set, it is there already."""

    @property
    def name_of_istios_proxies(self) -> str:
        """The name of their Deployment, Service and ServiceAccount, with the class ``istio``.

        Source: https://istio.io/latest/docs/tasks/traffic-management/ingress/gateway-api/#automated-deployment
        """
        return f"{self.name}-istio"
