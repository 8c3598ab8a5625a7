"""Dashboards as Grafana's sidecar finds them.

Source: https://github.com/grafana-community/helm-charts, charts/grafana/README.md (sidecar for dashboards)
"""

import pulumi
from pulumi_kubernetes import core

from components.add_on.prometheus_operator import FOLDER_ANNOTATION
from components.metadata import object_metadata
from components.monitoring_stack.args import MonitoringStackArgs
from components.monitoring_stack.dashboards.grafana import json_of, uid
from components.monitoring_stack.dashboards.panel import Dashboard
from settings.cluster.dashboards import Dashboards


def config_map(
    name: str, dashboard: Dashboard, args: MonitoringStackArgs, wanted: Dashboards
) -> core.v1.ConfigMapInitArgs:
    """The ConfigMap of one dashboard; the sidecar puts the files of all namespaces into one folder."""
    namespace = pulumi.Output.from_input(args.namespace)
    folder = {FOLDER_ANNOTATION: wanted.folder} if wanted.folder else None
    return core.v1.ConfigMapInitArgs(
        metadata=object_metadata(name, args.namespace, labels=wanted.labels, annotations=folder),
        data=namespace.apply(
            lambda place: {f"{uid(dashboard, place)}.json": json_of(dashboard, place, args.monitoring, wanted)}
        ),
    )
