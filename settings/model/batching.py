"""Batching of requests inside the model server."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from settings.validation.issues import Issue
from settings.validation.section import Count, Section, WholeNumber


class Batching(Section):
    """Batching of concurrent requests: more throughput for slightly more latency."""

    max_batch_size: Count
    """Maximum number of examples in a batch."""
    batch_timeout_micros: Annotated[WholeNumber, Field(ge=0, le=60_000_000)]
    """How long a batch waits to be filled, in microseconds."""
    max_enqueued_batches: Count
    """Batches that may wait; further requests are rejected."""
    num_batch_threads: Count
    """Batches computed at the same time."""
    allowed_batch_sizes: tuple[Count, ...] = ()
    """Sizes that batches are padded to, increasing, the last one `maxBatchSize`; empty for any size."""

    def issues(self) -> Iterator[Issue]:
        """Check that the allowed sizes increase up to the maximum; otherwise TensorFlow Serving aborts at start."""
        sizes = self.allowed_batch_sizes
        if any(left >= right for left, right in pairwise(sizes)) or (sizes and sizes[-1] != self.max_batch_size):
            yield Issue(
                path=("allowedBatchSizes",),
                found=f"[{', '.join(map(str, sizes))}]",
                expected=f"increasing sizes, the last of them maxBatchSize {self.max_batch_size}",
            )
