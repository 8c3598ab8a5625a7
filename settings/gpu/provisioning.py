"""What creates the nodes of a pool, and from which templates."""

from enum import StrEnum
from typing import Annotated

from settings.validation.section import Section
from settings.values.quantity import ByteQuantity, Quantity
from settings.values.text import DnsLabel, DnsSubdomain, matching, named_text


class Provisioner(StrEnum):
    """What creates and removes nodes."""

    KARPENTER = "karpenter"
    CLUSTER_API = "cluster-api"
    EXISTING = "existing"


class CapacityType(StrEnum):
    """How a cloud sells a node."""

    SPOT = "spot"
    ON_DEMAND = "on-demand"


class ObjectReference(Section):
    """A reference to an object of the platform team."""

    group: DnsSubdomain
    """API group, such as `karpenter.k8s.aws`."""
    kind: Annotated[str, matching(r"[A-Z][A-Za-z0-9]{0,62}", "a kind such as EC2NodeClass"), named_text("kind")]
    """Kind, such as `EC2NodeClass`."""
    name: DnsSubdomain
    """Name of the object."""


class NodeLimits(Section):
    """Limits for the nodes of a pool together, in addition to their number."""

    cpu: Quantity | None = None
    """CPU cores."""
    memory: ByteQuantity | None = None
    """Main memory."""


class MachineTemplate(Section):
    """What Cluster API creates machines from. Labels, taints and GPUs of the nodes come from the bootstrap template."""

    cluster_name: DnsLabel
    """Name of the Cluster."""
    namespace: DnsLabel
    """Namespace of the Cluster and of the templates."""
    version: Annotated[
        str,
        matching(r"v1\.[0-9]{1,3}\.[0-9]{1,3}", "a version of Kubernetes such as v1.36.3", lambda text: f"v{text}"),
        named_text("version"),
    ]
    """Version of Kubernetes on the nodes."""
    bootstrap: ObjectReference
    """Template of the bootstrap configuration."""
    infrastructure: ObjectReference
    """Template of the machines."""
    cpu: Quantity
    """CPU cores of a node, for the autoscaler to plan with while the pool is empty."""
    memory: ByteQuantity
    """Main memory of a node."""
    disk: ByteQuantity
    """Disk of a node that pods may fill, as with the copies of their models."""
