"""The gateway by which requests come into the cluster."""

from components.ingress_gateway.args import IngressGatewayArgs
from components.ingress_gateway.component import IngressGateway

__all__ = ["IngressGateway", "IngressGatewayArgs"]
