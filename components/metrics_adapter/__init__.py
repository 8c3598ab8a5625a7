"""What prometheus-adapter is to measure."""

from components.metrics_adapter.args import MetricsAdapterRulesArgs
from components.metrics_adapter.component import MetricsAdapterRules

__all__ = ["MetricsAdapterRules", "MetricsAdapterRulesArgs"]
