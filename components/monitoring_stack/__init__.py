"""The metrics of the models, and the alerts on them."""

from components.monitoring_stack.args import MonitoringStackArgs
from components.monitoring_stack.component import MonitoringStack

__all__ = ["MonitoringStack", "MonitoringStackArgs"]
