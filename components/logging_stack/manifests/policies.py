"""Who may talk to whom in the namespace of the logs, which is closed otherwise."""

from collections.abc import Mapping

import pulumi
from pulumi_kubernetes import meta, networking

from components.closed_namespaces import to_dns
from components.logging_stack.args import LoggingStackArgs
from components.logging_stack.manifests import collector, setup
from components.logging_stack.manifests.elastic import CLUSTER_LABEL, ELASTICSEARCH_PORT, KIBANA_LABEL, NODES_PORT
from components.logging_stack.manifests.pipeline import METRICS_PORT
from components.metadata import object_metadata, select
from components.network_peers import API_SERVER_PORTS, address_peers, namespace_peer, tcp_ports

_In, _Out = networking.v1.NetworkPolicyIngressRuleArgs, networking.v1.NetworkPolicyEgressRuleArgs
_Peer, _Spec = networking.v1.NetworkPolicyPeerArgs, networking.v1.NetworkPolicySpecArgs


def policies(name: str, args: LoggingStackArgs) -> Mapping[str, networking.v1.NetworkPolicyInitArgs]:
    """The policies by name. Nobody but the collector, the Job, Kibana and the operator reaches Elasticsearch."""
    return {each: _policy(f"{name}-{each}", args, spec) for each, spec in _specs(name, args).items()}


def _policy(
    name: str, args: LoggingStackArgs, spec: networking.v1.NetworkPolicySpecArgs
) -> networking.v1.NetworkPolicyInitArgs:
    return networking.v1.NetworkPolicyInitArgs(metadata=object_metadata(name, args.namespace), spec=spec)


def _specs(name: str, args: LoggingStackArgs) -> Mapping[str, networking.v1.NetworkPolicySpecArgs]:
    elasticsearch, kibana = {CLUSTER_LABEL: name}, {KIBANA_LABEL: name}
    to_elasticsearch = _Out(to=[_pods(elasticsearch)], ports=tcp_ports(ELASTICSEARCH_PORT))
    asking = [_pods(each) for each in (collector.labels(name), setup.labels(name), kibana)]
    asking.append(namespace_peer(args.logging.operator_namespace))
    api_server = _Out(to=address_peers(args.logging.cidrs), ports=tcp_ports(*API_SERVER_PORTS))
    scraped = [_In(from_=[namespace_peer(args.scraper)], ports=tcp_ports(METRICS_PORT))] if args.scraper else []
    return {
        "dns": _Spec(pod_selector=meta.v1.LabelSelectorArgs(), policy_types=["Egress"], egress=[to_dns()]),
        "elasticsearch": _Spec(
            pod_selector=select(elasticsearch),
            policy_types=["Ingress", "Egress"],
            ingress=[
                _In(from_=asking, ports=tcp_ports(ELASTICSEARCH_PORT)),
                # Its own pods also ask each other, to be known as ready.
                _In(from_=[_pods(elasticsearch)], ports=tcp_ports(ELASTICSEARCH_PORT, NODES_PORT)),
            ],
            egress=[_Out(to=[_pods(elasticsearch)], ports=tcp_ports(ELASTICSEARCH_PORT, NODES_PORT))],
        ),
        "kibana": _Spec(pod_selector=select(kibana), policy_types=["Egress"], egress=[to_elasticsearch]),
        "setup": _Spec(pod_selector=select(setup.labels(name)), policy_types=["Egress"], egress=[to_elasticsearch]),
        "collector": _Spec(
            pod_selector=select(collector.labels(name)),
            policy_types=["Ingress", "Egress"],
            ingress=scraped,
            egress=[to_elasticsearch, api_server],
        ),
    }


def _pods(labels: Mapping[str, pulumi.Input[str]]) -> networking.v1.NetworkPolicyPeerArgs:
    return _Peer(pod_selector=meta.v1.LabelSelectorArgs(match_labels=dict(labels)))
