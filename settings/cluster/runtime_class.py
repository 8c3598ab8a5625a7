"""Ways to run containers, such as in a sandbox or in a virtual machine."""

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import Field

from settings.cluster.resource_class import ResourceClass
from settings.gpu.node_marks import LabelKey, LabelValue, Taint
from settings.validation.section import Section
from settings.values.quantity import ByteQuantity, Quantity
from settings.values.text import DnsLabel


class PodOverhead(Section):
    """Resources that a pod uses in addition to its containers; the scheduler and the quota count them."""

    cpu: Quantity | None = None
    """CPU cores."""
    memory: ByteQuantity | None = None
    """Main memory."""


class RuntimeClass(Section):
    """A way to run the containers of a pod; the key is the name that pods refer to."""

    handler: DnsLabel | None = None
    """Handler in the container engine of the nodes, such as `runsc`; without it, the class must already exist."""
    overhead: PodOverhead = Field(default_factory=PodOverhead)
    """Resources that each pod uses in addition to its containers."""
    node_selector: Mapping[LabelKey, LabelValue] = Field(default_factory=lambda: MappingProxyType({}))
    """Labels of the nodes that have the handler; empty if all nodes do."""
    taints: tuple[Taint, ...] = ()
    """Taints of these nodes; pods of the class tolerate them."""

    def loaded(self, resources: ResourceClass) -> ResourceClass:
        """The resources of a pod with ``resources``, including the overhead of this class."""
        return resources.plus({name: amount for name, amount in self.overhead.model_dump().items() if amount})

    def excludes(self, labels: Mapping[str, str]) -> str | None:
        """The first label that keeps this class off nodes with ``labels``, if any."""
        return next((key for key, value in self.node_selector.items() if labels.get(key, value) != value), None)
