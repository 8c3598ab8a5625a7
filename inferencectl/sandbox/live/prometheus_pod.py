"""The manifests of a Prometheus in the cluster that scrapes model servers, as far as network policies let it."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from components.model_service.runtimes import tensorflow_serving
from inferencectl.sandbox.controllers.model_discovery import META, discovery, keep, named, relabeling
from inferencectl.sandbox.controllers.prometheus import NAME, NAMESPACE, account
from inferencectl.sandbox.live import gateway_objects
from inferencectl.sandbox.live.restricted_pod import SECURITY, Manifest, deployment, namespace, service

PORT = 9090
ADDRESS = f"http://{NAME}.{NAMESPACE}.svc:{PORT}"
"""What a stack names as `autoscaling.prometheus`."""

_CONFIGURATION = "/etc/prometheus"
_DATA = "/data"
_FILE = "prometheus.yaml"
# An autoscaler looks at minutes.
_RETENTION = "2h"


def configuration(models: str, interval_seconds: int, gateways: str | None = None) -> Mapping[str, Any]:
    """What scrapes the model servers of the namespace `models`, and the proxies of the namespace `gateways`."""
    interval = f"{interval_seconds}s"
    return {
        "global": {"scrape_interval": interval, "scrape_timeout": interval},
        "scrape_configs": [
            {
                "job_name": "models",
                "kubernetes_sd_configs": [discovery(models)],
                "relabel_configs": [*relabeling(), *_metrics_ports(), *_of_annotations()],
            },
            *([gateway_job(gateways)] if gateways else []),
        ],
    }


def gateway_job(namespace: str) -> Mapping[str, Any]:
    """Envoy's own metrics of the gateways in a namespace; docs/live.md names those that tell a version's success."""
    return {
        "job_name": "gateways",
        "metrics_path": gateway_objects.METRICS_PATH,
        "kubernetes_sd_configs": [discovery(namespace)],
        "relabel_configs": [keep(str(gateway_objects.METRICS_PORT), f"{META}_container_port_number"), *named()],
    }


def manifests(image: str, models: str, interval_seconds: int, gateways: str | None = None) -> Sequence[Manifest]:
    """The server, its account, its Service, and the configuration that it starts with."""
    text = yaml.safe_dump(dict(configuration(models, interval_seconds, gateways)))
    metadata = {"name": NAME, "namespace": NAMESPACE}
    pod = {
        "serviceAccountName": NAME,
        "automountServiceAccountToken": True,
        "containers": [_container(image)],
        "volumes": [{"name": "configuration", "configMap": {"name": NAME}}, {"name": "data", "emptyDir": {}}],
    }
    return (
        namespace(NAMESPACE),
        *account(),
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {_FILE: text}},
        deployment(NAME, NAMESPACE, pod, text),
        service(NAME, NAMESPACE, NAME, [{"name": "http", "port": PORT}]),
    )


def _metrics_ports() -> Sequence[Mapping[str, Any]]:
    """Of each server, the port that its metrics are at: a port of that name, or TensorFlow Serving's for HTTP."""
    port = f"{META}_container_port_name", f"{META}_container_port_number"
    serving = f"http;{tensorflow_serving.HTTP_PORT}"
    return (
        keep(f"metrics;.*|{serving}", *port),
        {
            "source_labels": list(port),
            "regex": serving,
            "target_label": "__metrics_path__",
            "replacement": tensorflow_serving.METRICS_PATH,
        },
    )


def _of_annotations() -> Sequence[Mapping[str, Any]]:
    """Of a pod in the mesh, the port and path of its proxy's agent, which Istio writes there; it merges the metrics."""
    port, path = f"{META}_annotation_prometheus_io_port", f"{META}_annotation_prometheus_io_path"
    return (
        {
            "source_labels": [f"{META}_ip", port],
            "regex": r"(.+);(\d+)",
            "target_label": "__address__",
            "replacement": "$1:$2",
        },
        {"source_labels": [path], "regex": "(.+)", "target_label": "__metrics_path__"},
    )


def _container(image: str) -> Manifest:
    return {
        "name": NAME,
        "image": image,
        "args": [
            f"--config.file={_CONFIGURATION}/{_FILE}",
            f"--storage.tsdb.path={_DATA}",
            f"--storage.tsdb.retention.time={_RETENTION}",
            f"--web.listen-address=:{PORT}",
        ],
        "ports": [{"name": "http", "containerPort": PORT}],
        "readinessProbe": {"httpGet": {"path": "/-/ready", "port": "http"}, "periodSeconds": 2},
        "livenessProbe": {"httpGet": {"path": "/-/healthy", "port": "http"}, "failureThreshold": 6},
        "resources": {"requests": {"cpu": "20m", "memory": "96Mi"}, "limits": {"memory": "384Mi"}},
        "securityContext": dict(SECURITY),
        "volumeMounts": [
            {"name": "configuration", "mountPath": _CONFIGURATION, "readOnly": True},
            {"name": "data", "mountPath": _DATA},
        ],
    }
