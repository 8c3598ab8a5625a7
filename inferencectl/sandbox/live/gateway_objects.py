"""The manifests of the Gateway of the live stack: who may reach it, and whom it may reach."""

import base64
from collections.abc import Mapping, Sequence

from components.metadata import MODEL_SERVER, NAMESPACE_NAME_LABEL
from inferencectl.sandbox.controllers import prometheus
from inferencectl.sandbox.live import istiod_pod, restricted_pod
from inferencectl.sandbox.live.restricted_pod import Manifest
from settings import Gateway

CLASS = "istio"
PORT = 443
METRICS_PORT, METRICS_PATH = 15090, "/stats/prometheus"
"""Where a proxy has Envoy's own metrics."""

_DNS = {
    "namespaceSelector": {"matchLabels": {NAMESPACE_NAME_LABEL: "kube-system"}},
    "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
}


def service_name(gateway: Gateway) -> str:
    """The name of the Service, and of the Deployment, that istiod makes for a Gateway."""
    return f"{gateway.name}-{CLASS}"


def manifests(gateway: Gateway, models: str, certificate: Mapping[str, bytes]) -> Sequence[Manifest]:
    """The Gateway that the settings name, for routes of the namespace `models`.

    It takes requests over TLS alone, HTTP/1.1 and HTTP/2, for host names below that of the settings. `certificate` has
    `tls.crt` and `tls.key` for them.
    """
    secret = f"{gateway.name}-tls"
    return (
        restricted_pod.namespace(gateway.namespace),
        *_policies(gateway.namespace, models),
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": {"name": secret, "namespace": gateway.namespace},
            "data": {name: base64.b64encode(certificate[name]).decode() for name in ("tls.crt", "tls.key")},
        },
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "Gateway",
            "metadata": {
                "name": gateway.name,
                "namespace": gateway.namespace,
                # Nothing here gives a load balancer an address.
                "annotations": {"networking.istio.io/service-type": "ClusterIP"},
            },
            "spec": {
                "gatewayClassName": CLASS,
                "listeners": [
                    {
                        "name": "https",
                        "hostname": f"*.{gateway.hostname}",
                        "port": PORT,
                        "protocol": "HTTPS",
                        "tls": {"mode": "Terminate", "certificateRefs": [{"name": secret}]},
                        "allowedRoutes": {"namespaces": {"from": "Selector", "selector": _namespace(models)}},
                    }
                ],
            },
        },
    )


def _policies(namespace: str, models: str) -> Sequence[Manifest]:
    servers = {"matchLabels": {"app.kubernetes.io/component": MODEL_SERVER}}
    proxies = {"matchLabels": {"gateway.networking.k8s.io/gateway-class-name": CLASS}}
    spec = {
        "podSelector": proxies,
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [
            {"ports": _tcp(PORT)},
            {"from": [{"namespaceSelector": _namespace(prometheus.NAMESPACE)}], "ports": _tcp(METRICS_PORT)},
        ],
        "egress": [
            {"to": [_DNS], "ports": [{"protocol": "UDP", "port": 53}, *_tcp(53)]},
            {"to": [{"namespaceSelector": _namespace(istiod_pod.NAMESPACE)}], "ports": _tcp(istiod_pod.XDS_PORT)},
            {"to": [{"namespaceSelector": _namespace(models), "podSelector": servers}]},
        ],
    }
    nothing = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    return [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": namespace},
            "spec": each,
        }
        for name, each in (("default-deny", nothing), ("proxies", spec))
    ]


def _namespace(name: str) -> Manifest:
    return {"matchLabels": {NAMESPACE_NAME_LABEL: name}}


def _tcp(*ports: int) -> list[Manifest]:
    return [{"protocol": "TCP", "port": port} for port in ports]
