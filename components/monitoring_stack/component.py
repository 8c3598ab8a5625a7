"""MonitoringStack: every model is scraped, and somebody is told when it fails."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pulumi
from pulumi_kubernetes import core

from components.custom_resources import alertmanager_config, pod_monitor, prometheus_rule
from components.model_service.args import ModelServiceArgs
from components.monitoring_stack import manifests
from components.monitoring_stack.alerting import alertmanager_config_spec
from components.monitoring_stack.args import MonitoringStackArgs
from components.monitoring_stack.dashboards import dashboards_of
from components.monitoring_stack.rules import (
    Group,
    groups,
    groups_of_model,
    groups_of_models,
    groups_of_stack,
    parts_of,
)
from settings import Monitoring
from settings.cluster.alerting.alerting import Alerting
from settings.cluster.dashboards import Dashboards
from settings.graph.graph import Graph


class MonitoringStack(pulumi.ComponentResource):
    """What prometheus-operator needs to watch the models of a namespace.

    Owns a PodMonitor and a PrometheusRule for each model, a PodMonitor for each graph's router, a PrometheusRule of
    rules that some dozens of models share, one for what the models have in common, and, where the settings want them,
    an AlertmanagerConfig, a ConfigMap for each dashboard, and a PodMonitor for what collects the logs.

    It does not own the operator, Prometheus, Alertmanager or the exporters whose metrics the alerts read: the cluster
    has them. Nor the network policies that let Prometheus in (ModelService), which come from the same settings.

    Escape hatch: the objects are ordinary Pulumi resources, and a PrometheusRule or an AlertmanagerConfig of one's own
    adds to them.
    """

    def __init__(self, name: str, args: MonitoringStackArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inference:index:MonitoringStack", name, None, opts)
        self._name, self._args = name, args
        for model in args.models:
            self._watch(model)
        for number, part in parts_of(args.models).items():
            self._share(number, part)
        for graph in args.graphs:
            self._scrape(graph)
        metadata = manifests.metadata(args, name)
        spec = self._rules(
            lambda namespace: groups_of_stack(args.models, namespace, args.monitoring, args.collectors), args.monitoring
        )
        prometheus_rule(f"{name}-alerts", metadata, spec, pulumi.ResourceOptions(parent=self))
        if args.collectors:
            collector = manifests.metadata(args, f"{name}-collector")
            spec = manifests.collector_monitor_spec(args.collectors, args.monitoring)
            pod_monitor(f"{name}-collector-pods", collector, spec, pulumi.ResourceOptions(parent=self))
        if args.monitoring.alerting:
            self._tell(args.monitoring.alerting)
        if args.monitoring.dashboards:
            self._show(args.monitoring.dashboards)
        self.register_outputs({})

    def _watch(self, model: ModelServiceArgs) -> None:
        name, child = f"{self._name}-{model.model.name}", pulumi.ResourceOptions(parent=self)
        metadata = manifests.metadata(self._args, name, model)
        pod_monitor(f"{name}-pods", metadata, manifests.pod_monitor_spec(model, self._args.monitoring), child)
        if model.model.sampling:
            sampler = manifests.metadata(self._args, f"{name}-sampler", model)
            spec = manifests.sampler_monitor_spec(model, self._args.monitoring)
            pod_monitor(f"{name}-sampler-pod", sampler, spec, child)
        monitoring = manifests.watched_by_its_team(model, self._args.monitoring)
        spec = self._rules(lambda namespace: groups_of_model(model, namespace), monitoring)
        prometheus_rule(f"{name}-alerts", metadata, spec, child)

    def _share(self, number: int, models: Sequence[ModelServiceArgs]) -> None:
        # No model is called so.
        metadata = manifests.metadata(self._args, f"{self._name}.models-{number}")
        spec = self._rules(lambda namespace: groups_of_models(models, namespace), self._args.monitoring)
        child = pulumi.ResourceOptions(parent=self)
        prometheus_rule(f"{self._name}-alerts-of-models-{number}", metadata, spec, child)

    def _scrape(self, graph: Graph) -> None:
        name, child = f"{self._name}-{graph.name}", pulumi.ResourceOptions(parent=self)
        metadata = manifests.router_metadata(self._args, name, graph)
        pod_monitor(f"{name}-router-pods", metadata, manifests.router_monitor_spec(graph, self._args.monitoring), child)

    def _tell(self, alerting: Alerting) -> None:
        args, child = self._args, pulumi.ResourceOptions(parent=self)
        spec = self._of_namespace(
            lambda namespace: alertmanager_config_spec(alerting, groups(args.models, namespace, args.monitoring))
        )
        alertmanager_config(f"{self._name}-alerting", manifests.metadata(args, self._name), spec, child)

    def _show(self, wanted: Dashboards) -> None:
        # Grafana's types take a moment to import, which a stack without dashboards need not wait.
        from components.monitoring_stack.dashboards.config_maps import config_map  # noqa: PLC0415

        for dashboard in dashboards_of(self._args):
            name, child = f"{self._name}-{dashboard.name}", pulumi.ResourceOptions(parent=self)
            core.v1.ConfigMap(f"{name}-dashboard", config_map(name, dashboard, self._args, wanted), child)

    def _rules(
        self, groups: Callable[[str], Sequence[Group]], monitoring: Monitoring
    ) -> pulumi.Output[Mapping[str, Any]]:
        return self._of_namespace(lambda name: manifests.rules_spec(groups(name), name, monitoring))

    def _of_namespace(self, spec: Callable[[str], Mapping[str, Any]]) -> pulumi.Output[Mapping[str, Any]]:
        return pulumi.Output.from_input(self._args.namespace).apply(spec)
