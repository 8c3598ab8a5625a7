"""The objects that prometheus-operator makes pods of.

Source: https://prometheus-operator.dev/docs/api-reference/api/
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.metadata import DATA_CLASS_LABEL, NAMESPACE_NAME_LABEL
from components.prometheus.args import PrometheusArgs
from components.security import USER_ID
from settings import DataClass
from settings.cluster.monitoring_installation import version_of
from settings.cluster.remote_write import RemoteWrite
from settings.values.quantity import quantity_bytes

PROMETHEUS, ALERTMANAGER = "prometheus", "alertmanager"
PROMETHEUS_PORT, ALERTMANAGER_PORT = 9090, 9093
"""The ports of the Services that the operator makes, called `web` there."""
NAME_LABEL = "app.kubernetes.io/name"
"""The label of the pods by which the operator tells both apart."""
# The operator's own, with every pod behind it.
_OPERATED = "alertmanager-operated"
_ALERTMANAGER_VOLUME = "1Gi"
_FILLED = 0.9
_SAMPLES_PER_SEND, _SAMPLES_PER_CONNECTION = 2_000, 10_000


def prometheus_spec(args: PrometheusArgs) -> dict[str, Any]:
    """The spec of the Prometheus object: it scrapes what monitors of the two namespaces select, and nothing else.

    PodMonitors may be of the models' namespace. ServiceMonitors may not: one could have Prometheus send its token, or
    any file of its pod, to a server of the models.
    """
    server, monitoring = args.installation.prometheus, args.monitoring
    interval = f"{monitoring.scrape_interval_seconds}s"
    return {
        **_pods(args.installation.images.prometheus, PROMETHEUS),
        "automountServiceAccountToken": True,
        "replicas": server.replicas,
        "resources": _resources(server.cpu, server.memory),
        "storage": _storage(args, server.volume),
        "retention": f"{server.retention_days}d",
        # The write-ahead log, and the blocks that are merged, need the rest.
        "retentionSize": f"{int(quantity_bytes(server.volume) * _FILLED) // 2**20}MiB",
        "walCompression": True,
        "scrapeInterval": interval,
        "evaluationInterval": interval,
        "externalLabels": dict(server.external_labels),
        "serviceDiscoveryRole": "EndpointSlice",
        "podMonitorSelector": {},
        "podMonitorNamespaceSelector": _namespaces(args.models, args.namespace),
        "serviceMonitorSelector": {},
        "serviceMonitorNamespaceSelector": _namespaces(args.namespace),
        "ruleSelector": {},
        "ruleNamespaceSelector": _namespaces(args.models),
        "alerting": {"alertmanagers": [{"namespace": args.namespace, "name": _OPERATED, "port": "web"}]},
        **({"remoteWrite": [_remote_write(server.remote_write)]} if server.remote_write else {}),
    }


def alertmanager_spec(args: PrometheusArgs) -> dict[str, Any]:
    """The spec of the Alertmanager object: routes and receivers are those of the models' namespace, for its alerts."""
    server = args.installation.alertmanager
    return {
        **_pods(args.installation.images.alertmanager, ALERTMANAGER),
        "automountServiceAccountToken": False,
        "replicas": server.replicas,
        "resources": _resources(server.cpu, server.memory),
        "storage": _storage(args, _ALERTMANAGER_VOLUME),
        "retention": "120h",
        "alertmanagerConfigSelector": {},
        "alertmanagerConfigNamespaceSelector": _namespaces(args.models),
        "alertmanagerConfigMatcherStrategy": {"type": "OnNamespace"},
    }


def _pods(image: str, name: str) -> dict[str, Any]:
    return {
        "image": image,
        "version": version_of(image),
        "serviceAccountName": name,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER_ID,
            "runAsGroup": USER_ID,
            "fsGroup": USER_ID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {NAME_LABEL: name}},
            }
        ],
    }


def _resources(cpu: str, memory: str) -> Mapping[str, Any]:
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory}}


def _storage(args: PrometheusArgs, size: str) -> Mapping[str, Any]:
    claim = {
        "storageClassName": args.installation.storage_class,
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": size}},
    }
    return {"volumeClaimTemplate": {"metadata": {"labels": {DATA_CLASS_LABEL: DataClass.INTERNAL}}, "spec": claim}}


def _namespaces(*names: pulumi.Input[str]) -> Mapping[str, Any]:
    return {"matchExpressions": [{"key": NAMESPACE_NAME_LABEL, "operator": "In", "values": [*names]}]}


def _remote_write(of: RemoteWrite) -> Mapping[str, Any]:
    secret = of.credentials_secret
    return {
        "url": of.url,
        "basicAuth": {key: {"name": secret, "key": key} for key in ("username", "password")},
        "queueConfig": {
            "maxShards": of.connections,
            "capacity": _SAMPLES_PER_CONNECTION,
            "maxSamplesPerSend": _SAMPLES_PER_SEND,
            "minBackoff": "1s",
            "maxBackoff": "30s",
        },
    }
