"""Resource classes, so that a model names a size instead of numbers."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Self

from pydantic import Field

from settings.gpu.gpu_request import GpuRequest
from settings.validation.issues import Issue
from settings.validation.section import Section, WholeNumber
from settings.values.quantity import ByteQuantity, Quantity, quantity_bytes, quantity_value
from settings.values.text import DnsSubdomain


class ResourceClass(Section):
    """Resources of one pod. Requests equal limits, so a pod is never evicted for using what it requested."""

    cpu: Quantity
    """CPU cores."""
    memory: ByteQuantity
    """Main memory; at least 2.5 times the size of a model that uses the class."""
    gpus: Annotated[WholeNumber, Field(ge=0, le=16)] = 0
    """Whole NVIDIA GPUs; the same as `gpu: {count: ...}`."""
    gpu: GpuRequest | None = None
    """Accelerators of the stack's pools: whole ones of one kind, or a fraction of one."""
    runtime_class: DnsSubdomain | None = None
    """RuntimeClass of the pods; takes precedence over that of their pool."""

    @property
    def memory_bytes(self) -> int:
        """Main memory in bytes."""
        return quantity_bytes(self.memory)

    @property
    def gpu_request(self) -> GpuRequest | None:
        """The accelerators that a pod requests, if any."""
        return self.gpu or (GpuRequest(count=self.gpus) if self.gpus else None)

    def plus(self, amounts: Mapping[str, Quantity]) -> Self:
        """The class with more of `cpu` or `memory`."""
        sums = {
            name: f"{quantity_value(amount) + quantity_value(getattr(self, name)):f}"
            for name, amount in amounts.items()
        }
        return self.model_copy(update=sums)

    def issues(self) -> Iterator[Issue]:
        """Check that accelerators are requested only once."""
        if self.gpus and self.gpu:
            yield Issue(path=("gpus",), found=f"{self.gpus}, in addition to gpu", expected="gpus or gpu, not both")


BUILT_IN_CLASSES: Mapping[str, ResourceClass] = MappingProxyType(
    {
        "small": ResourceClass(cpu="1", memory="2Gi"),
        "medium": ResourceClass(cpu="2", memory="8Gi"),
        "large": ResourceClass(cpu="8", memory="32Gi"),
        "gpu": ResourceClass(cpu="4", memory="16Gi", gpus=1),
    }
)
"""Classes that every stack has; a stack can override them and add its own."""
