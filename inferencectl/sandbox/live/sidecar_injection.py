"""How pods of the live stack get a proxy: by istiod's webhook, and Istio's own template.

Source: `manifests/charts/istio-control/istio-discovery/` of the module.
"""

from collections.abc import Mapping
from typing import Any

from inferencectl.sandbox.live.restricted_pod import Manifest

NAME = "istio-sidecar-injector"
"""Of the webhook's configuration, and of the template's."""

PORT: Mapping[str, Any] = {"name": "https-webhook", "port": 443, "targetPort": 15017}
PROXY_VALUES: Mapping[str, Any] = {
    "autoInject": "enabled",
    "privileged": False,
    "statusPort": 15020,
    "includeIPRanges": "*",
    "excludeIPRanges": "",
    "includeInboundPorts": "*",
    "excludeInboundPorts": "",
    "includeOutboundPorts": "",
    "excludeOutboundPorts": "",
    "outlierLogPath": "",
    "readinessFailureThreshold": 4,
    "readinessInitialDelaySeconds": 0,
    "readinessPeriodSeconds": 15,
    "startupProbe": {"enabled": True, "failureThreshold": 600},
    "tracer": "none",
}
"""The charts' own defaults, all of which the template asks for."""


def values(proxy: str) -> Mapping[str, Any]:
    """What the template asks of the values of Istio's charts beside those of a proxy, whose image is `proxy`."""
    return {
        # With the CNI plug-in it looks whether traffic is redirected, and redirects nothing itself.
        "proxy_init": {"image": proxy, "forceApplyIptables": False},
        "nativeNftables": True,
        "logAsJson": False,
    }


def webhook(service: str, namespace: str, labels: Mapping[str, str]) -> Manifest:
    """What sends the pods of namespaces with these labels to istiod, which writes its certificate into it.

    No pod is made while istiod cannot be reached: one without a proxy would be let in nowhere.
    """
    pods = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["CREATE"]}
    not_refused = {"key": "sidecar.istio.io/inject", "operator": "NotIn", "values": ["false"]}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": NAME, "labels": {"istio.io/rev": "default"}},
        "webhooks": [
            {
                "name": "namespace.sidecar-injector.istio.io",
                "clientConfig": {"service": {"name": service, "namespace": namespace, "path": "/inject", "port": 443}},
                "rules": [{**pods, "scope": "Namespaced"}],
                "namespaceSelector": {"matchLabels": dict(labels)},
                "objectSelector": {"matchExpressions": [not_refused]},
                "failurePolicy": "Fail",
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
            }
        ],
    }
