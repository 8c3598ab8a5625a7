"""Batching of requests inside the model server."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from settings.validation.issues import Issue
from settings.validation.section import Count, Section, WholeNumber


class Batching(Section):
    """Requests that arrive together are computed together: more throughput for a little latency."""

    max_batch_size: Count
    """Examples in one batch at most."""
    batch_timeout_micros: Annotated[WholeNumber, Field(ge=0, le=60_000_000)]
    """Microseconds that a batch waits to be filled."""
    max_enqueued_batches: Count
    """Batches that may wait; beyond them requests are refused."""
    num_batch_threads: Count
    """Batches computed at the same time."""
    allowed_batch_sizes: tuple[Count, ...] = ()
    """Sizes that batches are padded to, increasing, the last one `maxBatchSize`; empty for any size."""

    def issues(self) -> Iterator[Issue]:
        """The allowed sizes increase up to the maximum, or TensorFlow Serving aborts at its start."""
        sizes = self.allowed_batch_sizes
        if any(left >= right for left, right in pairwise(sizes)) or (sizes and sizes[-1] != self.max_batch_size):
            yield Issue(
                path=("allowedBatchSizes",),
                found=f"[{', '.join(map(str, sizes))}]",
                expected=f"increasing sizes of which the last is maxBatchSize {self.max_batch_size}",
            )
