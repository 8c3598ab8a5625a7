"""Upstream controllers on a sandbox's cluster: what they do is proved with the controllers themselves.

They are built when they are first asked for, run as processes beside the control plane with a service account each, and
end with it. What they ask of the network is on the loopback interface.
"""

from inferencectl.sandbox.controllers.instance_type import InstanceType
from inferencectl.sandbox.controllers.karpenter import NODE_CLASS, Karpenter
from inferencectl.sandbox.controllers.keda import Keda
from inferencectl.sandbox.controllers.prometheus import Prometheus

__all__ = ["NODE_CLASS", "InstanceType", "Karpenter", "Keda", "Prometheus"]
