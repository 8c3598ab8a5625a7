"""Ways to run containers, such as in a sandbox or in a virtual machine of their own."""

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import Field

from settings.cluster.resource_class import ResourceClass
from settings.gpu.node_marks import LabelKey, LabelValue, Taint
from settings.validation.section import Section
from settings.values.quantity import Quantity, quantity_value
from settings.values.text import DnsLabel


class PodOverhead(Section):
    """What a pod takes beside its containers; the scheduler and the quota count it."""

    cpu: Quantity | None = None
    """CPU cores."""
    memory: Quantity | None = None
    """Main memory."""


class RuntimeClass(Section):
    """A way to run the containers of a pod, by the name that pods call it."""

    handler: DnsLabel | None = None
    """Handler in the nodes' container engine, such as `runsc`; without it the class is in the cluster already."""
    overhead: PodOverhead = Field(default_factory=PodOverhead)
    """What each of its pods takes beside its containers."""
    node_selector: Mapping[LabelKey, LabelValue] = Field(default_factory=lambda: MappingProxyType({}))
    """Labels of the nodes that know the handler; empty where all do."""
    taints: tuple[Taint, ...] = ()
    """Taints of these nodes; pods of the class tolerate them."""

    def loaded(self, resources: ResourceClass) -> ResourceClass:
        """What a pod with ``resources`` takes in this class."""
        added = {name: amount for name, amount in self.overhead.model_dump().items() if amount}
        sums = {
            name: f"{quantity_value(amount) + quantity_value(getattr(resources, name)):f}"
            for name, amount in added.items()
        }
        return resources.model_copy(update=sums)

    def excludes(self, labels: Mapping[str, str]) -> str | None:
        """The first label by which nodes with ``labels`` are none of this class's, if there is one."""
        return next((key for key, value in self.node_selector.items() if labels.get(key, value) != value), None)
