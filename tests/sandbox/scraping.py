"""A Prometheus configuration that finds a namespace's model servers as a real one would, and asks it questions."""

import json
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

from components.model_service.runtimes.tensorflow_serving import METRICS_PATH
from sandbox.controllers import Prometheus

SCRAPE_SECONDS = 1


def configuration(prometheus: Prometheus, namespace: str, exporter_port: int) -> Mapping[str, Any]:
    """Pods by Kubernetes' discovery; what is scraped for each is the exporter, as nothing runs in simulated pods."""
    exporter = f"127.0.0.1:{exporter_port}"
    discovery = {
        "role": "pod",
        "kubeconfig_file": str(prometheus.kubeconfig),
        "namespaces": {"names": [namespace]},
    }
    meta = "__meta_kubernetes_pod"
    return {
        "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "scrape_timeout": f"{SCRAPE_SECONDS}s"},
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


def values(prometheus: Prometheus, query: str) -> list[float]:
    """What Prometheus answers to a query now: the values of the elements."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{prometheus.url}/api/v1/query?{urllib.parse.urlencode({'query': query})}", timeout=10) as reply:
        return [float(element["value"][1]) for element in json.load(reply)["data"]["result"]]


def _keep(label: str, value: str) -> Mapping[str, Any]:
    return {"action": "keep", "source_labels": [label], "regex": value}
