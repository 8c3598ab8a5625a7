"""A Prometheus configuration that discovers the model servers of a namespace as a real one would."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.model_service.runtimes.tensorflow_serving import METRICS_PATH
from inferencectl.demos.autoscaling.model_exporter import ServedLoad
from inferencectl.sandbox.ports import LOOPBACK


def configuration(kubeconfig: Path, namespace: str, load: ServedLoad) -> Mapping[str, Any]:
    """Discovers pods through Kubernetes; scrapes the exporter for each, as nothing runs in simulated pods."""
    exporter = f"{LOOPBACK}:{load.port}"
    discovery = {
        "role": "pod",
        "kubeconfig_file": str(kubeconfig),
        "namespaces": {"names": [namespace]},
    }
    meta, interval = "__meta_kubernetes_pod", f"{load.scrape_seconds:g}s"
    return {
        "global": {"scrape_interval": interval, "scrape_timeout": interval},
        "scrape_configs": [
            {
                "job_name": "models",
                "metrics_path": METRICS_PATH,
                "kubernetes_sd_configs": [discovery],
                "relabel_configs": [
                    _keep(f"{meta}_label_app_kubernetes_io_component", "model-server"),
                    _keep(f"{meta}_container_port_name", "http"),
                    _keep(f"{meta}_ready", "true"),
                    {"source_labels": ["__meta_kubernetes_namespace"], "target_label": "namespace"},
                    {"source_labels": [f"{meta}_name"], "target_label": "pod"},
                    {"source_labels": [f"{meta}_name"], "target_label": "__param_pod"},
                    {"target_label": "__address__", "replacement": exporter},
                ],
            },
            {"job_name": "queue", "metrics_path": "/queue", "static_configs": [{"targets": [exporter]}]},
        ],
    }


def _keep(label: str, value: str) -> Mapping[str, Any]:
    return {"action": "keep", "source_labels": [label], "regex": value}
