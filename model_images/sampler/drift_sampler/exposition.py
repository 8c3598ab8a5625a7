"""What the sampler shows to Prometheus: bins and distances, and no values."""

import time
from collections.abc import Callable, Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from drift_sampler.distributions import Comparison, Observed
from drift_sampler.intake import Intake
from drift_sampler.reference import Kind
from drift_sampler.tally import Tally

SHOWN_FEATURES = 64
"""Values of inputs with series of their own; of the others, the one that has drifted furthest stands for all."""
OTHERS = "others"
PREFIX = "inference_sampler"
_OF = ("kind", "feature")
_OF_BIN = (*_OF, "bin")


class Exposition(Collector):
    """Collected anew for every scrape: nothing is computed where nobody looks."""

    def __init__(
        self, *, version: int, observed: Observed | None, tally: Tally, intake: Intake, least_samples: int
    ) -> None:
        self._version, self._observed, self._tally, self._intake = version, observed, tally, intake
        self._least_samples = least_samples

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """No names of its own: they depend on what was observed."""
        yield from ()

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """All series, of which there are never more than the reference and `SHOWN_FEATURES` allow."""
        text = "Copies of requests by what became of them"
        copies = CounterMetricFamily(f"{PREFIX}_copies", text, labels=["outcome"])
        for outcome, count in self._tally.counts.items():
            copies.add_metric([outcome], count)
        yield copies
        yield _gauge("held", "Copies that are read or wait", self._intake.held)
        yield _gauge("version", "The version that is sampled", self._version)
        yield _gauge("reference_loaded", "Whether the version has a usable reference", self._observed is not None)
        if self._observed:
            yield from self._distributions(self._observed)

    def _distributions(self, observed: Observed) -> Iterator[GaugeMetricFamily]:
        now = time.monotonic()
        samples, compared = observed.samples(now), list(observed.compared(now))
        yield _gauge("window_samples", "Rows in the window", samples)
        inputs = [each for each in compared if each.reference.kind is Kind.INPUT]
        rest = inputs[SHOWN_FEATURES:]
        shown = [*inputs[:SHOWN_FEATURES], *(each for each in compared if each.reference.kind is not Kind.INPUT)]
        yield _shares("reference_share", "Share of a bin in the reference", shown, lambda each: each.reference.counts)
        yield _shares("window_share", "Share of a bin in the window", shown, lambda each: each.counts)
        if samples >= self._least_samples:
            yield _indices(shown, rest)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", text, value=value)


def _shares(
    name: str, text: str, shown: Sequence[Comparison], counts_of: Callable[[Comparison], Sequence[int]]
) -> GaugeMetricFamily:
    """The share of every bin; none of an empty window."""
    family = GaugeMetricFamily(f"{PREFIX}_{name}", text, labels=_OF_BIN)
    for each in shown:
        counts, of = counts_of(each), each.reference
        total = sum(counts)
        for label, count in zip(of.bins.names if total else (), counts, strict=False):
            family.add_metric([of.kind, of.feature, label], count / total)
    return family


def _indices(shown: Sequence[Comparison], rest: Sequence[Comparison]) -> GaugeMetricFamily:
    text = "Population stability index of the window against the reference"
    family = GaugeMetricFamily(f"{PREFIX}_stability_index", text, labels=_OF)
    for each in shown:
        family.add_metric([each.reference.kind, each.reference.feature], each.index)
    if rest:
        family.add_metric([Kind.INPUT, OTHERS], max(each.index for each in rest))
    return family
