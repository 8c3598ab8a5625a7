"""Upstream controllers on a sandbox's cluster, so that tests exercise the controllers themselves.

They are built on first use, run as processes beside the control plane with a service account each, and stop with it.
All their connections are on the loopback interface.
"""

from inferencectl.sandbox.controllers.alertmanager import Alertmanager
from inferencectl.sandbox.controllers.flagger import Flagger
from inferencectl.sandbox.controllers.instance_type import InstanceType
from inferencectl.sandbox.controllers.karpenter import NODE_CLASS, Karpenter
from inferencectl.sandbox.controllers.keda import Keda
from inferencectl.sandbox.controllers.prometheus import Prometheus
from inferencectl.sandbox.controllers.prometheus_operator import PrometheusOperator

__all__ = [
    "NODE_CLASS",
    "Alertmanager",
    "Flagger",
    "InstanceType",
    "Karpenter",
    "Keda",
    "Prometheus",
    "PrometheusOperator",
]
