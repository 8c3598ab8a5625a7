"""Prometheus, a ComponentResource: the Prometheus and the Alertmanager that the stack installs."""

from components.prometheus.args import PrometheusArgs
from components.prometheus.component import Prometheus

__all__ = ["Prometheus", "PrometheusArgs"]
