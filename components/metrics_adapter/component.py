"""MetricsAdapterRules: the metrics that prometheus-adapter serves to a stack's autoscalers."""

import pulumi
from pulumi_kubernetes import core

from components.metrics_adapter.args import MetricsAdapterRulesArgs
from components.metrics_adapter.manifests import config_map


class MetricsAdapterRules(pulumi.ComponentResource):
    """The rules that turn the model servers' Prometheus metrics into metrics of the Kubernetes API.

    Owns a ConfigMap with the rules, in the adapter's namespace. The adapter itself, its certificate and its APIService
    are the platform team's: its Helm chart takes the ConfigMap as ``rules.existing``.

    Escape hatch: the ConfigMap is an ordinary Pulumi resource, so a stack transformation can add other rules.
    """

    def __init__(self, name: str, args: MetricsAdapterRulesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("inference:index:MetricsAdapterRules", name, None, opts)
        core.v1.ConfigMap(f"{name}-rules", config_map(f"{name}-rules", args), pulumi.ResourceOptions(parent=self))
        self.register_outputs({})
