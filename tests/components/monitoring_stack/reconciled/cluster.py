"""What a cluster has that is not the stacks': the Prometheus object that docs/monitoring.md asks for, and exporters."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.components.monitoring_stack.reconciled.exporters import NAME_LABEL, OTHERS
from tests.components.monitoring_stack.reconciled.stacks import SCRAPE_SECONDS, SELECTED

Manifest = Mapping[str, Any]
NAMESPACE, PROMETHEUS = "monitoring", "models"
_HONOURED = {"kube-state-metrics", "cadvisor"}
"""The exporters whose labels docs/monitoring.md asks to keep."""


def manifests(exporters: Sequence[str]) -> Iterator[Manifest]:
    """A Prometheus object that selects by labels in all namespaces, and a pod with its PodMonitor for each exporter."""
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    for name in exporters:
        yield from _exporter(name)
    selector = {"matchLabels": SELECTED}
    yield {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "Prometheus",
        "metadata": {"name": PROMETHEUS, "namespace": NAMESPACE},
        "spec": {
            "scrapeInterval": f"{SCRAPE_SECONDS}s",
            "evaluationInterval": f"{SCRAPE_SECONDS}s",
            "podMonitorSelector": selector,
            "podMonitorNamespaceSelector": {},
            "ruleSelector": selector,
            "ruleNamespaceSelector": {},
        },
    }


def _exporter(name: str) -> Iterator[Manifest]:
    port, path = OTHERS
    metadata = {"name": name, "namespace": NAMESPACE, "labels": {NAME_LABEL: name, **SELECTED}}
    container = {
        "name": "exporter",
        "image": "registry.example/exporter",
        "ports": [{"name": "metrics", "containerPort": port}],
    }
    yield {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}
    yield {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PodMonitor",
        "metadata": metadata,
        "spec": {
            "selector": {"matchLabels": {NAME_LABEL: name}},
            "podMetricsEndpoints": [{"port": "metrics", "path": path, "honorLabels": name in _HONOURED}],
        },
    }
