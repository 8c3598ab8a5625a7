"""A Prometheus configuration that discovers the model servers of a namespace as a real one would."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.model_service.runtimes.tensorflow_serving import METRICS_PATH
from inferencectl.demos.autoscaling.model_exporter import ServedLoad
from inferencectl.sandbox.controllers.model_discovery import META, discovery, keep, relabeling
from inferencectl.sandbox.ports import LOOPBACK


def configuration(kubeconfig: Path, namespace: str, load: ServedLoad) -> Mapping[str, Any]:
    """Scrapes the servers and the queue of work."""
    made = models_configuration(kubeconfig, namespace, load.port, load.scrape_seconds)
    queue = {
        "job_name": "queue",
        "metrics_path": "/queue",
        "static_configs": [{"targets": [f"{LOOPBACK}:{load.port}"]}],
    }
    return {**made, "scrape_configs": [*made["scrape_configs"], queue]}


def models_configuration(kubeconfig: Path, namespace: str, port: int, seconds: float) -> Mapping[str, Any]:
    """Discovers pods through Kubernetes; scrapes the exporter for each, as nothing runs in simulated pods."""
    interval = f"{seconds:g}s"
    return {
        "global": {"scrape_interval": interval, "scrape_timeout": interval},
        "scrape_configs": [
            {
                "job_name": "models",
                "metrics_path": METRICS_PATH,
                "kubernetes_sd_configs": [discovery(namespace, kubeconfig)],
                "relabel_configs": [
                    *relabeling(),
                    keep("http", f"{META}_container_port_name"),
                    {"source_labels": [f"{META}_name"], "target_label": "__param_pod"},
                    {"target_label": "__address__", "replacement": f"{LOOPBACK}:{port}"},
                ],
            }
        ],
    }
