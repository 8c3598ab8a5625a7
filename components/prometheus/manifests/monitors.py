"""What Prometheus scrapes besides the models, as the operator reads it."""

from typing import Any

from components.monitoring_stack.manifests import LABEL_LIMIT
from components.prometheus.manifests.servers import ALERTMANAGER, NAME_LABEL, PROMETHEUS
from components.prometheus.source import Source
from settings import Monitoring


def own_pods_spec(monitoring: Monitoring) -> dict[str, Any]:
    """Prometheus and Alertmanager themselves."""
    own = {"key": NAME_LABEL, "operator": "In", "values": [PROMETHEUS, ALERTMANAGER]}
    return {
        "selector": {"matchExpressions": [own]},
        "podMetricsEndpoints": [_endpoint("web", monitoring)],
        **_bounds(monitoring),
    }


def source_spec(source: Source, monitoring: Monitoring) -> dict[str, Any]:
    """The pods of a source, which say themselves which namespace and pod a series is about."""
    return {
        "namespaceSelector": {"matchNames": [source.namespace]},
        "selector": {"matchLabels": dict(source.labels)},
        "podMetricsEndpoints": [{**_endpoint(source.port, monitoring), "honorLabels": True}],
        **_bounds(monitoring),
    }


def control_plane_spec(namespace: str, monitoring: Monitoring) -> dict[str, Any]:
    """The control plane of a mesh by its Service: pods of older versions do not declare the port."""
    return {
        "namespaceSelector": {"matchNames": [namespace]},
        "selector": {"matchLabels": {"app": "istiod"}},
        "endpoints": [_endpoint("http-monitoring", monitoring)],
        **_bounds(monitoring),
    }


def _endpoint(port: str, monitoring: Monitoring) -> dict[str, Any]:
    return {"port": port, "path": "/metrics", "interval": f"{monitoring.scrape_interval_seconds}s"}


def _bounds(monitoring: Monitoring) -> dict[str, Any]:
    return {"sampleLimit": monitoring.sample_limit, "labelLimit": LABEL_LIMIT}
