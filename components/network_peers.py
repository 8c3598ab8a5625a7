"""Who may talk to whom: the peers and ports that network policies are made of."""

from collections.abc import Iterable, Mapping

from pulumi_kubernetes.meta.v1 import LabelSelectorArgs
from pulumi_kubernetes.networking.v1 import IPBlockArgs, NetworkPolicyPeerArgs, NetworkPolicyPortArgs

from components.metadata import CLIENT_NAMESPACE_LABEL, NAMESPACE_NAME_LABEL, select
from settings import Autoscaling, Monitoring

API_SERVER_PORTS = (443, 6443)
"""Of the Service `kubernetes`, and of the servers behind it, which some network plug-ins see."""


def namespace_peer(namespace: str, pod_labels: Mapping[str, str] | None = None) -> NetworkPolicyPeerArgs:
    """The pods of one namespace, or those of them with ``pod_labels``."""
    return NetworkPolicyPeerArgs(
        namespace_selector=select({NAMESPACE_NAME_LABEL: namespace}),
        pod_selector=select(pod_labels) if pod_labels else None,
    )


def client_peers() -> list[NetworkPolicyPeerArgs]:
    """The pods of every namespace that is marked as one of the models' clients, and those of the models' own."""
    return [
        NetworkPolicyPeerArgs(namespace_selector=select({CLIENT_NAMESPACE_LABEL: "true"})),
        NetworkPolicyPeerArgs(pod_selector=LabelSelectorArgs()),
    ]


def scraper_peers(autoscaling: Autoscaling | None, monitoring: Monitoring | None) -> list[NetworkPolicyPeerArgs]:
    """The pods that read metrics, by which models are scaled and watched."""
    namespaces = [reader.scraper_namespace for reader in (autoscaling, monitoring) if reader]
    return [namespace_peer(name) for name in dict.fromkeys(namespaces)]


def address_peers(cidrs: Iterable[str]) -> list[NetworkPolicyPeerArgs]:
    """Addresses outside the cluster."""
    return [NetworkPolicyPeerArgs(ip_block=IPBlockArgs(cidr=cidr)) for cidr in cidrs]


def tcp_ports(*ports: int) -> list[NetworkPolicyPortArgs]:
    """TCP ports by number: a policy on a port's name opens nothing where the name is misspelt."""
    return [NetworkPolicyPortArgs(protocol="TCP", port=port) for port in ports]
