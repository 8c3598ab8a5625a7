"""Who is told of the alerts, as prometheus-operator hands it to Alertmanager."""

from components.monitoring_stack.alerting.alertmanager_config import alertmanager_config_spec

__all__ = ["alertmanager_config_spec"]
