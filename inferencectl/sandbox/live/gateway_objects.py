"""What the Gateway of the live stack finds in its namespace."""

import base64
from collections.abc import Mapping, Sequence

from inferencectl.sandbox.live import restricted_pod
from inferencectl.sandbox.live.restricted_pod import Manifest
from settings import Gateway

PORT = 443
METRICS_PORT, METRICS_PATH = 15090, "/stats/prometheus"
"""Where a proxy has Envoy's own metrics."""


def certificate_name(gateway: Gateway) -> str:
    """The Secret that the settings name; empty if they name none."""
    return (gateway.owned and gateway.owned.certificate.secret) or ""


def manifests(gateway: Gateway, certificate: Mapping[str, bytes]) -> Sequence[Manifest]:
    """The namespace, closed to all, and the Secret with the `certificate`, which has `tls.crt` and `tls.key`.

    The stack has the rest: the Gateway, and the network policy of its proxies.
    """
    return (
        restricted_pod.namespace(gateway.namespace),
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "default-deny", "namespace": gateway.namespace},
            "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
        },
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": {"name": certificate_name(gateway), "namespace": gateway.namespace},
            "data": {name: base64.b64encode(certificate[name]).decode() for name in ("tls.crt", "tls.key")},
        },
    )
