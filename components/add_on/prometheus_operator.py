"""prometheus-operator with its definitions, kube-state-metrics, the kubelets as targets, and Grafana, from one chart.

The values are keys of the chart kube-prometheus-stack and of the charts in it, which the tests compare with a recorded
list: Helm ignores those that a chart does not know.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components.add_on.args import AddOnArgs, AddOnNamespace, ChartRelease, Grant
from components.add_on.image_parts import image_parts
from components.add_on.monitoring_policies import monitoring_policies
from components.prometheus.args import PrometheusArgs
from components.prometheus.manifests.rights import GRAFANA, KUBELETS, dashboard_reader, role_binding
from components.prometheus.manifests.servers import PROMETHEUS, PROMETHEUS_PORT
from settings.cluster.dashboards import Dashboards
from settings.cluster.monitoring_installation import CHART, MonitoringInstallation

FOLDER_ANNOTATION = "grafana_folder"
"""The annotation of such a ConfigMap that names the folder of its dashboards."""
DATASOURCE = "prometheus"
"""The uid of the datasource."""
_SECONDS = 600
_OFF = {"enabled": False}
_SECCOMP = {"seccompProfile": {"type": "RuntimeDefault"}}
# What the alerts and dashboards read, and no Secrets and ConfigMaps.
_COLLECTORS = (
    "cronjobs",
    "daemonsets",
    "deployments",
    "horizontalpodautoscalers",
    "jobs",
    "namespaces",
    "nodes",
    "persistentvolumeclaims",
    "poddisruptionbudgets",
    "pods",
    "replicasets",
    "resourcequotas",
    "services",
    "statefulsets",
)


def prometheus_operator(models: str, args: PrometheusArgs) -> AddOnArgs:
    """All that ``args`` needs of its namespace, to watch ``args.models``, whose name is ``models``."""
    installation, namespace = args.installation, args.monitoring.scraper_namespace
    return AddOnArgs(
        installation=installation,
        namespaces=[AddOnNamespace(name=namespace, policies=monitoring_policies(models, args))],
        releases=[
            ChartRelease(
                name=CHART,
                chart=CHART,
                namespace=namespace,
                values=_values(args, [models, namespace]),
                timeout_seconds=_SECONDS,
            )
        ],
        grants=[_dashboards("own", namespace, args), _dashboards("models", args.models, args)],
    )


def _dashboards(where: str, namespace: pulumi.Input[str], args: PrometheusArgs) -> Grant:
    """What Grafana's pod needs from its start: what reads its dashboards stops where it is refused."""
    role, binding = dashboard_reader(namespace, args), role_binding(GRAFANA, namespace, args)
    return Grant(name=f"{where}-dashboards", role=role, binding=binding)


def _values(args: PrometheusArgs, watched: Sequence[str]) -> Mapping[str, Any]:
    installation, interval = args.installation, f"{args.monitoring.scrape_interval_seconds}s"
    others = ("kubeApiServer", "kubeControllerManager", "coreDns", "kubeEtcd", "kubeScheduler", "kubeProxy")
    secrets = [{"name": each} for each in args.pull_secrets]
    return {
        **({"global": {"imagePullSecrets": secrets}} if secrets else {}),
        # Both objects are the stack's own, and so are the rules.
        "prometheus": _OFF,
        "alertmanager": _OFF,
        "defaultRules": {"create": False},
        # It shares the network of its node.
        "nodeExporter": _OFF,
        **dict.fromkeys(others, _OFF),
        "kubelet": {"serviceMonitor": {"interval": interval, "cAdvisorInterval": interval, "probes": False}},
        "prometheusOperator": _operator(installation, watched),
        "kube-state-metrics": {
            # This chart alone does not say itself which digest it is.
            "image": _image(installation.images.kube_state_metrics, "sha256:"),
            "collectors": [*_COLLECTORS],
            "resources": _resources("100m", "256Mi"),
            "prometheus": {"monitor": {"http": {"honorLabels": True, "interval": interval}}},
        },
        "grafana": _grafana(args, watched),
    }


def _operator(installation: MonitoringInstallation, watched: Sequence[str]) -> Mapping[str, Any]:
    models, own = watched
    images = installation.images
    return {
        "image": _image(images.operator),
        "prometheusConfigReloader": {
            "image": _image(images.config_reloader),
            "resources": _resources("10m", "64Mi"),
        },
        # An object of another namespace would have it make pods there, with any account.
        "prometheusInstanceNamespaces": [own],
        "alertmanagerInstanceNamespaces": [own],
        "thanosRulerInstanceNamespaces": [own],
        "alertmanagerConfigNamespaces": [models],
        # The API server would have to reach it, from addresses that are nobody's to know.
        "admissionWebhooks": _OFF,
        "tls": _OFF,
        "kubeletService": {"namespace": KUBELETS},
        "kubeletEndpointsEnabled": False,
        "kubeletEndpointSliceEnabled": True,
        "resources": _resources("100m", "256Mi"),
    }


def _grafana(args: PrometheusArgs, watched: Sequence[str]) -> Mapping[str, Any]:
    images, shown = args.installation.images, args.monitoring.dashboards or Dashboards()
    # The sidecar selects by one label.
    label, value = next(iter(shown.labels.items()))
    return {
        "image": _image(images.grafana),
        "resources": _resources("100m", "512Mi"),
        "securityContext": {"runAsNonRoot": True, "runAsUser": 472, "runAsGroup": 472, "fsGroup": 472, **_SECCOMP},
        "defaultDashboardsEnabled": False,
        "testFramework": _OFF,
        # The right to read dashboards is the stack's to give.
        "rbac": {"create": False},
        "serviceAccount": {"name": GRAFANA},
        "datasources": {"datasources.yaml": _datasources(shown.datasource or "Prometheus", args)},
        "grafana.ini": {"analytics": {"check_for_updates": False, "reporting_enabled": False}},
        "sidecar": {
            "image": _image(images.dashboards),
            "resources": _resources("10m", "128Mi"),
            "datasources": _OFF,
            "dashboards": {
                "enabled": True,
                "label": label,
                "labelValue": value,
                "resource": "configmap",
                "searchNamespace": [*watched],
                "folderAnnotation": FOLDER_ANNOTATION,
                "provider": {"foldersFromFilesStructure": True},
            },
        },
    }


def _datasources(name: str, args: PrometheusArgs) -> Mapping[str, Any]:
    found = {
        "name": name,
        "uid": DATASOURCE,
        "type": "prometheus",
        "access": "proxy",
        "url": f"http://{PROMETHEUS}:{PROMETHEUS_PORT}",
        "isDefault": True,
        "editable": False,
        "jsonData": {"timeInterval": f"{args.monitoring.scrape_interval_seconds}s"},
    }
    return {"apiVersion": 1, "datasources": [found]}


def _image(reference: str, algorithm: str = "") -> Mapping[str, str]:
    """A reference as the charts want it: without a tag, they write one of theirs before the digest, which decides."""
    path, tag, digest = image_parts(reference)
    registry, _, repository = path.partition("/")
    return {"registry": registry, "repository": repository, **({"tag": tag} if tag else {}), "sha": algorithm + digest}


def _resources(cpu: str, memory: str) -> Mapping[str, Any]:
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory}}
