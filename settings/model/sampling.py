"""What is observed of a model's requests and answers, and from when on it is drift."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

from pydantic import Field, Strict

from settings.model.pins import Noise
from settings.validation.issues import Issue
from settings.validation.section import Section, WholeNumber
from settings.values.quantity import ByteQuantity, Quantity, binary_quantity, quantity_bytes, quantity_value

HELD_COPIES = 64
"""Copies of requests that the sampler holds at the same time."""
LEAST_SAMPLES, MOST_SAMPLES = 200, 1_000_000
"""Rows of fewer than these say more of chance than of drift, and too much of each of them."""
LEAST_CPU = "50m"
# 70 MiB were measured of a sampler with the largest reference. A copy is there as it came, and the one that is read
# thirty times as large as JSON, for which both leave room.
OWN_BYTES, COPIES_OF_EACH = 96 * 2**20, 2


class Sampling(Section):
    """A share of the requests is copied to a sampler, which asks the model again and compares the distributions of what
    it was asked and answers with the reference that is stored with the version."""

    percent: Annotated[WholeNumber, Field(ge=1, le=100)]
    """Share of the requests, over HTTP and gRPC, that is copied; the model is asked so many more."""
    max_request_bytes: Annotated[WholeNumber, Field(ge=1024, le=2**20)] = 2**18
    """Largest request, and largest answer, that is read; a larger one is dropped."""
    window_seconds: Annotated[WholeNumber, Field(ge=300, le=86_400)] = 3600
    """Length of the sliding window that is compared."""
    minimum_samples: Annotated[WholeNumber, Field(ge=LEAST_SAMPLES, le=MOST_SAMPLES)] = 500
    """Rows in the window from which on distributions are shown and compared; a request may have several rows."""
    psi_threshold: Annotated[float, Strict(), Field(ge=0.1, le=10)] = 0.25
    """Population stability index of a feature, or of what is predicted, above which it has drifted."""
    cpu: Quantity = "250m"
    """CPU cores of the sampler."""
    memory: ByteQuantity = "192Mi"
    """Main memory of the sampler."""

    def noise_issues(self, noise: Mapping[str, Iterable[Noise]]) -> Iterator[Issue]:
        """Check that chance alone takes none of the references, by the name of their version, above the threshold."""
        found = [(each.chi, each.values, name) for name, several in noise.items() for each in several]
        reached = [(chi * (1 / self.minimum_samples + 1 / values), name) for chi, values, name in found]
        index, noisiest = max(reached, default=(0, ""))
        if index <= self.psi_threshold:
            return
        left = min(self.psi_threshold / chi - 1 / values for chi, values, _ in found)
        enough = f"raise minimumSamples to {math.ceil(1 / left)}, or " if left >= 1 / MOST_SAMPLES else ""
        yield Issue(
            path=("psiThreshold",),
            found=f"{self.psi_threshold:g}, which chance alone exceeds: the reference distribution of {noisiest} has "
            f"too many bins or too few values for windows of minimumSamples {self.minimum_samples}",
            expected=f"at least {math.ceil(100 * index) / 100:g}",
            hint=f"{enough}publish a version whose reference has fewer bins or more values",
        )

    def issues(self) -> Iterator[Issue]:
        """Check that the memory holds the copies, and that probes are answered."""
        if quantity_value(self.cpu) < quantity_value(LEAST_CPU):
            yield Issue(path=("cpu",), found=self.cpu, expected=f"at least {LEAST_CPU}: probes have to be answered")
        needed = math.ceil(OWN_BYTES + COPIES_OF_EACH * HELD_COPIES * self.max_request_bytes)
        if quantity_bytes(self.memory) < needed:
            yield Issue(
                path=("memory",),
                found=self.memory,
                expected=f"at least {binary_quantity(needed)}: for {HELD_COPIES} copies of maxRequestBytes "
                f"{self.max_request_bytes}, twice, and the sampler itself",
            )
