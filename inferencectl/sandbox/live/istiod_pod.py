"""The manifests of istiod in the cluster, which deploys the Gateways of one namespace and configures their proxies."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from components.metadata import NAMESPACE_NAME_LABEL
from inferencectl.sandbox.live import istiod_access, restricted_pod
from inferencectl.sandbox.live.restricted_pod import SECURITY, Manifest

NAMESPACE = "istio-system"
NAME = "istiod"
XDS_PORT = 15012

_READY_PORT = 8080
_MONITORING_PORT = 15014
_MESH = "istio"
_INJECTOR = "istio-sidecar-injector"
_GATEWAY_TEMPLATE = "kube-gateway"
# Names that istiod itself looks for, in the places that Istio's charts give them.
_VOLUMES: Mapping[str, str] = {"certificates": "/var/run/secrets/istio-dns", "temporary": "/tmp"}  # noqa: S108
_VARIABLES: Mapping[str, str] = {
    "CLUSTER_ID": "Kubernetes",
    "PILOT_CERT_PROVIDER": "istiod",
    # The stock Envoy refuses whatever names an extension that only Istio's build of it has.
    "PILOT_ENABLE_METADATA_EXCHANGE": "false",
    "PILOT_ENABLE_ALPN_FILTER": "false",
    # There is one pod, and no webhook to register.
    "ENABLE_LEADER_ELECTION": "false",
    "VALIDATION_WEBHOOK_CONFIG_NAME": "",
    "INJECTION_WEBHOOK_CONFIG_NAME": "",
}
_ACCESS_LOG: Mapping[str, str] = {
    "start_time": "%START_TIME%",
    "authority": "%REQ(:AUTHORITY)%",
    "method": "%REQ(:METHOD)%",
    "path": "%REQ(:PATH)%",
    "protocol": "%PROTOCOL%",
    "response_code": "%RESPONSE_CODE%",
    "response_flags": "%RESPONSE_FLAGS%",
    "grpc_status": "%GRPC_STATUS%",
    "duration_ms": "%DURATION%",
    "upstream_cluster": "%UPSTREAM_CLUSTER_RAW%",
    "upstream_host": "%UPSTREAM_HOST%",
    "request_id": "%REQ(X-REQUEST-ID)%",
}
_COUNTED = (
    "upstream_rq_(total|time|timeout|[1-5]xx|[1-5][0-9]{2})",
    "upstream_cx_connect_fail",
    "membership_(healthy|total)",
    "grpc[.](success|failure|total)",
)
"""The statistics that Envoy keeps of each version, as regular expressions; by default it keeps none."""


def manifests(
    image: str, proxy: str, gateway_template: str, gateways: str, watched: Sequence[str]
) -> Sequence[Manifest]:
    """istiod, and what its Gateways are made of: pods of the image `proxy` by Istio's own template.

    Gateways are of the namespace `gateways`; their routes lead to Services of the `watched` namespaces.
    """
    mesh = {"mesh": _text(_mesh([gateways, *watched])), "meshNetworks": _text({"networks": {}})}
    injector = {"config": _text(_templates(gateway_template)), "values": json.dumps(_values(proxy))}
    pod = {
        "serviceAccountName": NAME,
        "automountServiceAccountToken": True,
        "containers": [_container(image)],
        "volumes": [{"name": name, "emptyDir": {"medium": "Memory"}} for name in _VOLUMES],
    }
    return (
        restricted_pod.namespace(NAMESPACE),
        *istiod_access.manifests(NAME, NAMESPACE, gateways),
        _config_map(_MESH, mesh),
        _config_map(_INJECTOR, injector),
        # It reads both again when they change.
        restricted_pod.deployment(NAME, NAMESPACE, pod, None),
        restricted_pod.service(NAME, NAMESPACE, NAME, [{"name": "tls-xds", "port": XDS_PORT}]),
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "proxies", "namespace": NAMESPACE},
            "spec": {
                "podSelector": {},
                "policyTypes": ["Ingress"],
                "ingress": [
                    {
                        "from": [{"namespaceSelector": {"matchLabels": {NAMESPACE_NAME_LABEL: gateways}}}],
                        "ports": [{"protocol": "TCP", "port": XDS_PORT}],
                    }
                ],
            },
        },
    )


def _mesh(namespaces: Sequence[str]) -> Mapping[str, Any]:
    """Source: https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/."""
    selected = {"key": NAMESPACE_NAME_LABEL, "operator": "In", "values": list(namespaces)}
    return {
        "rootNamespace": NAMESPACE,
        "discoverySelectors": [{"matchExpressions": [selected]}],
        "ingressControllerMode": "OFF",
        "accessLogFile": "/dev/stdout",
        "accessLogEncoding": "JSON",
        "accessLogFormat": json.dumps(dict(_ACCESS_LOG)),
        "defaultConfig": {
            "discoveryAddress": f"{NAME}.{NAMESPACE}.svc:{XDS_PORT}",
            "proxyStatsMatcher": {"inclusionRegexps": [rf"cluster\.outbound\|.*\.{name}" for name in _COUNTED]},
        },
    }


def _templates(gateway: str) -> Mapping[str, Any]:
    return {"policy": "disabled", "defaultTemplates": [], "templates": {_GATEWAY_TEMPLATE: gateway}}


def _values(proxy: str) -> Mapping[str, Any]:
    """What the template asks of the values of Istio's charts."""
    return {
        "global": {
            "istioNamespace": NAMESPACE,
            "imagePullPolicy": "IfNotPresent",
            "pilotCertProvider": "istiod",
            "logging": {"level": "default:info"},
            "multiCluster": {"clusterName": ""},
            "sds": {"token": {"aud": "istio-ca"}},
            "sts": {"servicePort": 0},
            "proxy": {
                "image": proxy,
                "clusterDomain": "cluster.local",
                "logLevel": "warning",
                "componentLogLevel": "misc:error",
                "resources": {"requests": {"cpu": "50m", "memory": "96Mi"}, "limits": {"memory": "384Mi"}},
            },
        },
        "revision": "",
        # With it, what Istio's template makes is as restricted as the namespace demands.
        "gateways": {"seccompProfile": {"type": "RuntimeDefault"}},
        "pilot": {"env": {}},
    }


def _container(image: str) -> Manifest:
    fields = {
        "POD_NAME": "metadata.name",
        "POD_NAMESPACE": "metadata.namespace",
        "SERVICE_ACCOUNT": "spec.serviceAccountName",
    }
    return {
        "name": NAME,
        "image": image,
        "args": ["discovery", f"--monitoringAddr=:{_MONITORING_PORT}", "--domain=cluster.local"],
        "env": [
            *({"name": name, "value": value} for name, value in _VARIABLES.items()),
            *({"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in fields.items()),
        ],
        "ports": [{"name": "tls-xds", "containerPort": XDS_PORT}],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": _READY_PORT}, "periodSeconds": 2},
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
        "securityContext": dict(SECURITY),
        "volumeMounts": [{"name": name, "mountPath": path} for name, path in _VOLUMES.items()],
    }


def _config_map(name: str, data: Mapping[str, str]) -> Manifest:
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(data)}


def _text(document: Mapping[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False)
