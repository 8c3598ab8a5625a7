"""The objects that prometheus-operator reads.

Source: https://prometheus-operator.dev/docs/api-reference/api/
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.inference_graph.manifests import METRICS_PATH as ROUTER_METRICS_PATH
from components.inference_graph.manifests import router_labels
from components.logging_stack.args import LOGGING
from components.logging_stack.manifests import collector
from components.metadata import object_metadata
from components.model_sampling.manifests import METRICS_PATH as SAMPLER_METRICS_PATH
from components.model_sampling.manifests import sampler_labels
from components.model_service.args import ModelServiceArgs, primary_version, server_labels
from components.model_service.manifests.metrics import own_metrics, scraped_metrics
from components.monitoring_stack.args import MonitoringStackArgs
from components.monitoring_stack.rules import MODEL_LABEL, VERSION_LABEL, Alert, Group, Recording
from settings import Monitoring
from settings.graph.graph import Graph

# Target labels and those of the series together; Istio's series have about 25.
LABEL_LIMIT = 64
_POD_LABEL = "__meta_kubernetes_pod_label_app_kubernetes_io_"


def metadata(args: MonitoringStackArgs, name: str, model: ModelServiceArgs | None = None) -> ObjectMetaArgs:
    """The metadata of an object, with the labels that select it."""
    own = server_labels(model.model) if model else {}
    return object_metadata(name, args.namespace, labels={**own, **args.monitoring.labels})


def pod_monitor_spec(model: ModelServiceArgs, monitoring: Monitoring) -> dict[str, Any]:
    """Every pod of the model once, at the port that serves metrics, with two labels more than the operator gives.

    The series of Triton have `model` and `version`, which labels of these names would rename.
    """
    path = scraped_metrics(primary_version(model)).path
    relabelings = [
        {"sourceLabels": [f"{_POD_LABEL}name"], "targetLabel": MODEL_LABEL},
        {"sourceLabels": [f"{_POD_LABEL}version"], "targetLabel": VERSION_LABEL},
        *_redirection(model),
    ]
    return _spec(server_labels(model.model), _port_name(model), path, monitoring, relabelings)


def sampler_monitor_spec(model: ModelServiceArgs, monitoring: Monitoring) -> dict[str, Any]:
    """The pod of the model's sampler, whose series have the two labels already: its `up` is not that of a server."""
    return _spec(sampler_labels(model.model.name), "metrics", SAMPLER_METRICS_PATH, monitoring)


def collector_monitor_spec(namespace: str, monitoring: Monitoring) -> dict[str, Any]:
    """What collects logs, on every node, with the node's name as a label: its pods are in a namespace of their own."""
    relabelings = [{"sourceLabels": ["__meta_kubernetes_pod_node_name"], "targetLabel": "node"}]
    spec = _spec(collector.labels(LOGGING), "metrics", "/metrics", monitoring, relabelings)
    return {**spec, "namespaceSelector": {"matchNames": [namespace]}}


def router_metadata(args: MonitoringStackArgs, name: str, graph: Graph) -> ObjectMetaArgs:
    """The metadata of what watches a graph's router."""
    return object_metadata(name, args.namespace, labels={**router_labels(graph.name), **args.monitoring.labels})


def router_monitor_spec(graph: Graph, monitoring: Monitoring) -> dict[str, Any]:
    """The pods of a graph's router, whose series name the graph."""
    return _spec(router_labels(graph.name), "metrics", ROUTER_METRICS_PATH, monitoring)


def _spec(
    selected: Mapping[str, str],
    port: str,
    path: str,
    monitoring: Monitoring,
    relabelings: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    endpoint = {"port": port, "path": path, "interval": f"{monitoring.scrape_interval_seconds}s"}
    return {
        "selector": {"matchLabels": dict(selected)},
        "podMetricsEndpoints": [{**endpoint, **({"relabelings": [*relabelings]} if relabelings else {})}],
        "sampleLimit": monitoring.sample_limit,
        "labelLimit": LABEL_LIMIT,
    }


def _port_name(model: ModelServiceArgs) -> str:
    """The port by its name in the server's container: metrics have one of their own, or share the HTTP port."""
    server = primary_version(model).server
    return "http" if server.metrics_port == server.http_port else "metrics"


def _redirection(model: ModelServiceArgs) -> list[dict[str, Any]]:
    """To the port of a mesh's agent, which no container declares, so that the operator cannot select it."""
    served = primary_version(model)
    own, scraped = own_metrics(served), scraped_metrics(served)
    if own.port == scraped.port:
        return []
    return [
        {
            "sourceLabels": ["__address__"],
            "regex": r"(.+):\d+",
            "replacement": f"$1:{scraped.port}",
            "targetLabel": "__address__",
        }
    ]


def watched_by_its_team(model: ModelServiceArgs, monitoring: Monitoring) -> Monitoring:
    """How a model is watched whose alerts may be another team's."""
    return monitoring.model_copy(update={"team": model.model.team}) if model.model.team else monitoring


def rules_spec(groups: Sequence[Group], namespace: str, monitoring: Monitoring) -> dict[str, Any]:
    """The spec of a PrometheusRule, which is also what a rule file of Prometheus contains."""
    return {
        "groups": [
            {
                "name": group.name,
                **({"interval": group.interval} if group.interval else {}),
                "rules": [_rule(rule, namespace, monitoring) for rule in group.rules],
            }
            for group in groups
        ]
    }


def _rule(rule: Alert | Recording, namespace: str, monitoring: Monitoring) -> dict[str, Any]:
    of_all = {"namespace": namespace, **({MODEL_LABEL: rule.model} if rule.model else {})}
    if isinstance(rule, Recording):
        return {"record": rule.record, "expr": rule.expr, "labels": of_all}
    return {
        "alert": rule.name,
        "expr": rule.expr,
        "for": rule.lasting,
        "labels": {**of_all, **rule.labels, "severity": rule.severity, "team": rule.team or monitoring.team},
        "annotations": _annotations(rule, monitoring),
    }


def _annotations(alert: Alert, monitoring: Monitoring) -> Mapping[str, str]:
    return {
        "summary": alert.summary,
        "description": alert.description,
        "runbook_url": f"{monitoring.runbooks}/{alert.name}.md",
    }
