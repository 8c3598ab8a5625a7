"""Upstream controllers on a sandbox's cluster: what they do is proved with the controllers themselves.

They are built when they are first asked for, run as processes beside the control plane with a service account each, and
end with it. What they ask of the network is on the loopback interface.
"""

from sandbox.controllers.instance_type import InstanceType
from sandbox.controllers.karpenter import NODE_CLASS, Karpenter
from sandbox.controllers.keda import Keda
from sandbox.controllers.prometheus import Prometheus

__all__ = ["NODE_CLASS", "InstanceType", "Karpenter", "Keda", "Prometheus"]
