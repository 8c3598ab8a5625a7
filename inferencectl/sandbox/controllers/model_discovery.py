"""How Prometheus finds model servers: by the labels and the named ports that their pods have on every cluster.

Source: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#kubernetes_sd_config
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from components.metadata import MODEL_SERVER

META = "__meta_kubernetes_pod"


def discovery(namespace: str, kubeconfig: Path | None = None) -> Mapping[str, Any]:
    """An entry of `kubernetes_sd_configs` for the pods of a namespace; in a pod it needs no `kubeconfig`."""
    found: Mapping[str, Any] = {"role": "pod", "namespaces": {"names": [namespace]}}
    return found if kubeconfig is None else {**found, "kubeconfig_file": str(kubeconfig)}


def relabeling() -> Sequence[Mapping[str, Any]]:
    """Keeps the servers that are ready, with the labels `namespace` and `pod`, by which the autoscalers ask."""
    return (
        keep(MODEL_SERVER, f"{META}_label_app_kubernetes_io_component"),
        keep("true", f"{META}_ready"),
        *named(),
    )


def named() -> Sequence[Mapping[str, Any]]:
    """Gives what a pod says the labels `namespace` and `pod`."""
    return (
        {"source_labels": ["__meta_kubernetes_namespace"], "target_label": "namespace"},
        {"source_labels": [f"{META}_name"], "target_label": "pod"},
    )


def keep(pattern: str, *labels: str) -> Mapping[str, Any]:
    """Keeps what has values of `labels`, joined by semicolons, that the regular expression matches as a whole."""
    return {"action": "keep", "source_labels": list(labels), "regex": pattern}
