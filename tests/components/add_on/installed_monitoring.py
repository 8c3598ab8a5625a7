"""A Prometheus that the stack installs: its settings, and what the components are given of it."""

from collections.abc import Mapping
from typing import Any

from components import PrometheusArgs
from components.prometheus.source import Source
from settings import Monitoring

DIGEST = f"sha256:{'5' * 64}"
IMAGES = {
    "operator": f"registry.example/monitoring/prometheus-operator:v0.93.1@{DIGEST}",
    "configReloader": f"registry.example/monitoring/prometheus-config-reloader:v0.93.1@{DIGEST}",
    "prometheus": f"registry.example/monitoring/prometheus:v3.5.0@{DIGEST}",
    "alertmanager": f"registry.example/monitoring/alertmanager:v0.28.1@{DIGEST}",
    "kubeStateMetrics": f"registry.example/monitoring/kube-state-metrics:v2.20.0@{DIGEST}",
    "grafana": f"registry.example/monitoring/grafana:13.2.0@{DIGEST}",
    "dashboards": f"registry.example/monitoring/k8s-sidecar@{DIGEST}",
}
INSTALLATION: Mapping[str, Any] = {
    "charts": "https://charts.example/prometheus",
    "version": "88.5.3",
    "images": IMAGES,
    "storageClass": "encrypted",
    "cidrs": ["10.0.0.0/16"],
    "prometheus": {"volume": "100Gi"},
}
REMOTE_WRITE: Mapping[str, Any] = {
    "url": "https://metrics.example/api/v1/write",
    "credentialsSecret": "metrics-store",
    "cidrs": ["192.0.2.0/24"],
    "connections": 4,
}
EVERYTHING: Mapping[str, Any] = {
    "prometheus": {
        "replicas": 3,
        "cpu": "2",
        "memory": "8Gi",
        "volume": "200Gi",
        "retentionDays": 60,
        "externalLabels": {"cluster": "one"},
        "remoteWrite": REMOTE_WRITE,
    },
    "alertmanager": {"replicas": 3, "cpu": "50m", "memory": "128Mi", "cidrs": ["198.51.100.0/24"]},
    "sources": {"keda": "scaling", "flagger": "releases", "certManager": "certificates"},
}
"""Each setting of an installation otherwise than by default."""
SOURCES = (
    Source(name="gpus", namespace="gpu-software", labels={"app": "nvidia-dcgm-exporter"}, port="metrics"),
    Source(name="keda", namespace="keda", labels={"app": "keda-operator"}, port="http", asks=True),
)


def monitoring(namespace: str = "monitoring", **installation: Any) -> Monitoring:
    given = {"scraperNamespace": namespace, "installation": {**INSTALLATION, **installation}}
    return Monitoring.model_validate(given)


def servers(of: Monitoring, models: str = "models") -> PrometheusArgs:
    """The servers of such a stack, with a mesh, models on GPUs and some that KEDA scales."""
    assert of.installation
    return PrometheusArgs(
        namespace=of.scraper_namespace,
        models=models,
        monitoring=of,
        installation=of.installation,
        sources=SOURCES,
        control_plane="istio-system",
        readers=["keda"],
    )
