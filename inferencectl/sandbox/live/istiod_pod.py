"""The manifests of istiod in the cluster: it deploys the Gateways of one namespace, and configures proxies."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from components.metadata import NAMESPACE_NAME_LABEL
from inferencectl.sandbox.live import access_log, istiod_access, restricted_pod, sidecar_injection
from inferencectl.sandbox.live.restricted_pod import SECURITY, Manifest

NAMESPACE = "istio-system"
NAME = "istiod"
XDS_PORT = 15012

_LABELS: Mapping[str, str] = {"app": NAME}
"""That of Istio's charts, by which network policies of the mesh let proxies reach it."""

_READY_PORT = 8080
_MONITORING_PORT = 15014
_MESH = "istio"
GATEWAY_TEMPLATE = "kube-gateway"
SIDECAR_TEMPLATE = "sidecar"
_NO_INJECTION: Mapping[str, Any] = {"policy": "disabled", "defaultTemplates": []}
# Names that istiod itself looks for, in the places that Istio's charts give them.
_VOLUMES: Mapping[str, str] = {"certificates": "/var/run/secrets/istio-dns", "temporary": "/tmp"}  # noqa: S108
_VARIABLES: Mapping[str, str] = {
    "CLUSTER_ID": "Kubernetes",
    # That of the webhook's configuration too: without, istiod takes that for another one's.
    "REVISION": "default",
    "PILOT_CERT_PROVIDER": "istiod",
    # The stock Envoy refuses whatever names an extension that only Istio's build of it has.
    "PILOT_ENABLE_METADATA_EXCHANGE": "false",
    "PILOT_ENABLE_ALPN_FILTER": "false",
    # There is one pod, and no webhook that validates.
    "ENABLE_LEADER_ELECTION": "false",
    "VALIDATION_WEBHOOK_CONFIG_NAME": "",
}
_COUNTED = (
    "upstream_rq_(total|time|timeout|[1-5]xx|[1-5][0-9]{2})",
    "upstream_cx_connect_fail",
    "membership_(healthy|total)",
    "grpc[.](success|failure|total)",
)
"""The statistics that Envoy keeps of each version, as regular expressions; by default it keeps none."""


@dataclass(frozen=True, kw_only=True)
class Istiod:
    """What istiod is for, with the images `image` and `proxy` and the templates of Istio's charts by their names.

    Gateways are of the namespace `gateways`, if there is one; Services and pods of the `watched` namespaces are known
    to it. Pods of namespaces with the labels `injected` get a proxy, if there are such labels.
    """

    image: str
    proxy: str
    templates: Mapping[str, str]
    gateways: str | None
    watched: Sequence[str]
    injected: Mapping[str, str]

    @property
    def namespaces(self) -> Sequence[str]:
        """All namespaces with proxies, or with what these lead to."""
        return list(dict.fromkeys([*([self.gateways] if self.gateways else []), *self.watched]))


def manifests(istiod: Istiod) -> Sequence[Manifest]:
    """istiod, and what proxies are made of."""
    mesh = {"mesh": _text(_mesh(istiod.namespaces)), "meshNetworks": _text({"networks": {}})}
    injector = {"config": _text(_templates(istiod)), "values": json.dumps(_values(istiod.proxy))}
    webhook = sidecar_injection.NAME if istiod.injected else None
    pod = {
        "serviceAccountName": NAME,
        "automountServiceAccountToken": True,
        "containers": [_container(istiod.image, webhook or "")],
        "volumes": [{"name": name, "emptyDir": {"medium": "Memory"}} for name in _VOLUMES],
    }
    in_mesh = {"key": NAMESPACE_NAME_LABEL, "operator": "In", "values": istiod.namespaces}
    proxies = {"namespaceSelector": {"matchExpressions": [in_mesh]}}
    xds = {"name": "tls-xds", "port": XDS_PORT}
    return (
        restricted_pod.namespace(NAMESPACE),
        *istiod_access.manifests(NAME, NAMESPACE, istiod.gateways, webhook),
        _config_map(_MESH, mesh),
        _config_map(sidecar_injection.NAME, injector),
        # It reads both again when they change.
        restricted_pod.deployment(NAME, NAMESPACE, pod, None, _LABELS),
        restricted_pod.service(NAME, NAMESPACE, NAME, [xds, *([sidecar_injection.PORT] if webhook else [])]),
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "proxies", "namespace": NAMESPACE},
            "spec": {
                "podSelector": {},
                "policyTypes": ["Ingress"],
                # The API server calls the webhook from the node itself, which policies let through.
                "ingress": [{"from": [proxies], "ports": [{"protocol": "TCP", "port": XDS_PORT}]}],
            },
        },
        *([sidecar_injection.webhook(NAME, NAMESPACE, istiod.injected)] if istiod.injected else []),
    )


def _mesh(namespaces: Sequence[str]) -> Mapping[str, Any]:
    """Source: https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/."""
    selected = {"key": NAMESPACE_NAME_LABEL, "operator": "In", "values": list(namespaces)}
    return {
        "rootNamespace": NAMESPACE,
        "discoverySelectors": [{"matchExpressions": [selected]}],
        "ingressControllerMode": "OFF",
        **access_log.mesh_settings(),
        "defaultConfig": {
            "discoveryAddress": f"{NAME}.{NAMESPACE}.svc:{XDS_PORT}",
            "proxyStatsMatcher": {"inclusionRegexps": [rf"cluster\.outbound\|.*\.{name}" for name in _COUNTED]},
        },
    }


def _templates(istiod: Istiod) -> Mapping[str, Any]:
    used = {"policy": "enabled", "defaultTemplates": [SIDECAR_TEMPLATE]} if istiod.injected else _NO_INJECTION
    return {**used, "templates": dict(istiod.templates)}


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
            **sidecar_injection.values(proxy),
            "proxy": {
                **sidecar_injection.PROXY_VALUES,
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
        # Traffic is redirected on the node, not by an init container with rights over the network.
        "pilot": {"env": {}, "cni": {"enabled": True, "provider": "default"}},
    }


def _container(image: str, webhook: str) -> Manifest:
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
            {"name": "INJECTION_WEBHOOK_CONFIG_NAME", "value": webhook},
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
