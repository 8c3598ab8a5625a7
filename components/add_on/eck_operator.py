"""Elasticsearch's operator (ECK) with its definitions, from its chart.

It may do nothing outside its own namespace and that of the logs: the chart is told to make no rights of the cluster,
which its webhook and its look at storage classes would need.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_kubernetes import meta, networking

from components.add_on.args import AddOnArgs, AddOnNamespace, ChartRelease
from components.add_on.image_parts import image_parts
from components.closed_namespaces import to_dns
from components.network_peers import API_SERVER_PORTS, address_peers, namespace_peer, tcp_ports
from settings.cluster.logging_installation import CHART, LoggingInstallation
from settings.cluster.logging_stack import Logging

ELASTICSEARCH_PORT = 9200
_SECONDS = 600


def eck_operator(logging: Logging, installation: LoggingInstallation, pull_secrets: Sequence[str] = ()) -> AddOnArgs:
    """The operator for the namespace of ``logging``, which has to exist when the chart gives it rights there."""
    operator = AddOnNamespace(name=logging.operator_namespace, policies={"operator": _policy(logging, installation)})
    release = ChartRelease(
        name=CHART,
        chart=CHART,
        namespace=logging.operator_namespace,
        values=_values(logging, installation, pull_secrets),
        timeout_seconds=_SECONDS,
    )
    return AddOnArgs(
        installation=installation,
        namespaces=[operator, AddOnNamespace(name=logging.namespace, is_privileged=True)],
        releases=[release],
    )


def _values(logging: Logging, installation: LoggingInstallation, pull_secrets: Sequence[str]) -> Mapping[str, Any]:
    repository, tag, digest = image_parts(installation.image)
    return {
        "managedNamespaces": [logging.namespace],
        "createClusterScopedResources": False,
        "installCRDs": True,
        "replicaCount": installation.replicas,
        "image": {"repository": repository, "digest": f"sha256:{digest}", **({"tag": tag} if tag else {})},
        **({"imagePullSecrets": [{"name": each} for each in pull_secrets]} if pull_secrets else {}),
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}},
        "podSecurityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "webhook": {"enabled": False},
        "telemetry": {"disabled": True},
        "config": {"validateStorageClass": False},
    }


def _policy(logging: Logging, installation: LoggingInstallation) -> networking.v1.NetworkPolicySpecArgs:
    """Out to the API server and to Elasticsearch, whose state it asks; nothing in."""
    elasticsearch, api_server = namespace_peer(logging.namespace), address_peers(installation.cidrs)
    out = networking.v1.NetworkPolicyEgressRuleArgs
    return networking.v1.NetworkPolicySpecArgs(
        pod_selector=meta.v1.LabelSelectorArgs(),
        policy_types=["Ingress", "Egress"],
        egress=[
            to_dns(),
            out(to=api_server, ports=tcp_ports(*API_SERVER_PORTS)),
            out(to=[elasticsearch], ports=tcp_ports(ELASTICSEARCH_PORT)),
        ],
    )
