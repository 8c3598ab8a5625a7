"""The metrics that prometheus-adapter serves."""

from components.metrics_adapter.args import MetricsAdapterRulesArgs
from components.metrics_adapter.component import MetricsAdapterRules

__all__ = ["MetricsAdapterRules", "MetricsAdapterRulesArgs"]
