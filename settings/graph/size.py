"""The pods of a graph's router."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from settings.validation.issues import Issue
from settings.validation.section import Count, Section, WholeNumber
from settings.values.quantity import ByteQuantity, Quantity, binary_quantity, quantity_bytes, quantity_value

LEAST_CPU = "100m"
# What JSON becomes in memory: a list of one number in three characters is one of 64 bytes, and is there twice.
OWN_BYTES, TIMES_AS_LARGE = 64 * 2**20, 32


class RouterSize(Section):
    """How many pods there are, and what each of them has and takes."""

    replicas: Count = 2
    """Pods; with `maxReplicas`, the fewest."""
    max_replicas: Count | None = None
    """The most pods, added above 70 % of their CPU; without it, there are always `replicas`."""
    cpu: Quantity = "500m"
    """CPU cores of each; a router is one process and does not use more than one core."""
    memory: ByteQuantity = "256Mi"
    """Main memory of each."""
    max_concurrent_requests: Annotated[WholeNumber, Field(ge=1, le=1024)] = 32
    """Requests that a pod answers at the same time; it turns further ones away with 503."""
    max_request_bytes: Annotated[WholeNumber, Field(ge=1024, le=2**24)] = 2**16
    """Largest request, and largest answer of a model."""

    @property
    def most_replicas(self) -> int:
        """Pods at the most."""
        return self.max_replicas or self.replicas

    def issues(self) -> Iterator[Issue]:
        """The most are not fewer than the fewest."""
        if self.max_replicas is not None and self.max_replicas <= self.replicas:
            yield Issue(
                path=("maxReplicas",),
                found=str(self.max_replicas),
                expected=f"more than replicas, {self.replicas}, or no maxReplicas",
            )
        if quantity_value(self.cpu) < quantity_value(LEAST_CPU):
            yield Issue(path=("cpu",), found=self.cpu, expected=f"at least {LEAST_CPU}: probes have to be answered")

    def memory_issues(self, documents: int) -> Iterator[Issue]:
        """Check that the memory holds as many requests as may be there, each with so many ``documents``."""
        needed = OWN_BYTES + documents * self.max_concurrent_requests * self.max_request_bytes * TIMES_AS_LARGE
        if quantity_bytes(self.memory) < needed:
            yield Issue(
                path=("memory",),
                found=self.memory,
                expected=f"at least {binary_quantity(needed)}: for maxConcurrentRequests "
                f"{self.max_concurrent_requests} of maxRequestBytes {self.max_request_bytes}, with what up to "
                f"{documents - 1} models answer at the same time",
                hint="raise it, or lower one of these",
            )
