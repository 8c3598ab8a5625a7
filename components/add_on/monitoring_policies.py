"""Who may talk to whom in the namespace of Prometheus, which is closed otherwise."""

from collections.abc import Mapping

from pulumi_kubernetes import meta, networking

from components.closed_namespaces import to_dns
from components.metadata import select
from components.network_peers import API_SERVER_PORTS, address_peers, namespace_peer, tcp_ports
from components.prometheus.args import PrometheusArgs
from components.prometheus.manifests.servers import ALERTMANAGER, NAME_LABEL, PROMETHEUS, PROMETHEUS_PORT

_KUBELET_PORT = 10250

Spec = networking.v1.NetworkPolicySpecArgs
_Out = networking.v1.NetworkPolicyEgressRuleArgs


def monitoring_policies(models: str, args: PrometheusArgs) -> Mapping[str, Spec]:
    """The policies by name: what all pods may do, and what Prometheus and Alertmanager may besides."""
    return {"inside": _inside(), "api-server": _api_server(args), PROMETHEUS: _prometheus(models, args)} | (
        {ALERTMANAGER: _alertmanager(args)} if args.installation.alertmanager.cidrs else {}
    )


def _inside() -> Spec:
    """The pods of the namespace among themselves."""
    own = networking.v1.NetworkPolicyPeerArgs(pod_selector=meta.v1.LabelSelectorArgs())
    return Spec(
        pod_selector=meta.v1.LabelSelectorArgs(),
        policy_types=["Ingress", "Egress"],
        ingress=[networking.v1.NetworkPolicyIngressRuleArgs(from_=[own])],
        egress=[_Out(to=[own]), to_dns()],
    )


def _api_server(args: PrometheusArgs) -> Spec:
    """All but Alertmanager watch objects of the cluster."""
    asking = meta.v1.LabelSelectorRequirementArgs(key=NAME_LABEL, operator="NotIn", values=[ALERTMANAGER])
    peers = address_peers(args.installation.cidrs)
    return Spec(
        pod_selector=meta.v1.LabelSelectorArgs(match_expressions=[asking]),
        policy_types=["Egress"],
        egress=[_Out(to=peers, ports=tcp_ports(*API_SERVER_PORTS))],
    )


def _prometheus(models: str, args: PrometheusArgs) -> Spec:
    """It scrapes the models, kubelets and exporters; who scales by its series may ask for them."""
    installation, write = args.installation, args.installation.prometheus.remote_write
    scraped = [namespace_peer(each) for each in (models, *args.scraped_namespaces)]
    readers = [namespace_peer(each) for each in args.readers]
    ingress = [networking.v1.NetworkPolicyIngressRuleArgs(from_=readers, ports=tcp_ports(PROMETHEUS_PORT))]
    remote = [_Out(to=address_peers(write.cidrs), ports=tcp_ports(write.port))] if write else []
    return Spec(
        pod_selector=select({NAME_LABEL: PROMETHEUS}),
        policy_types=["Ingress", "Egress"],
        ingress=ingress if readers else [],
        egress=[
            _Out(to=scraped),
            _Out(to=address_peers(installation.cidrs), ports=tcp_ports(_KUBELET_PORT)),
            *remote,
        ],
    )


def _alertmanager(args: PrometheusArgs) -> Spec:
    """Its receivers: of any port, as mail has others than webhooks."""
    receivers = address_peers(args.installation.alertmanager.cidrs)
    return Spec(pod_selector=select({NAME_LABEL: ALERTMANAGER}), policy_types=["Egress"], egress=[_Out(to=receivers)])
