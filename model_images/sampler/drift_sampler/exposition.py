"""What the sampler shows to Prometheus: bins and distances, and no values."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from drift_sampler.distributions import Comparison, Observed
from drift_sampler.intake import Intake
from drift_sampler.reference import OTHERS, Kind
from drift_sampler.sampler import Served
from drift_sampler.tally import Tally

SHOWN_FEATURES = 64
"""Values of inputs with series of their own; of the others, the one that has drifted furthest stands for all."""
PREFIX = "inference_sampler"
_OF = ("kind", "feature")
_OF_BIN = (*_OF, "bin")


class Exposition(Collector):
    """Collected anew for every scrape: nothing is computed where nobody looks."""

    def __init__(
        self, served: Served, *, observed: Observed | None, tally: Tally, intake: Intake, least_samples: int
    ) -> None:
        self._observed, self._tally, self._intake = observed, tally, intake
        self._version, self._least_samples = served.version, least_samples
        self._labels = {"inference_model": served.model, "inference_version": str(served.version)}

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """No names of its own: they depend on what was observed."""
        yield from ()

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """All series, of which there are never more than the reference and `SHOWN_FEATURES` allow."""
        for family in self._families():
            family.samples = [each._replace(labels={**self._labels, **each.labels}) for each in family.samples]
            yield family

    def _families(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
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

    def _distributions(self, observed: Observed) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        now = time.monotonic()
        yield CounterMetricFamily(f"{PREFIX}_rows", "Rows of requests that were read", value=observed.rows)
        if observed.rows >= self._least_samples:
            yield _missing(observed)
        samples = observed.samples(now)
        yield _gauge("window_samples", "Rows in the window", samples)
        # A share among few rows tells of each of them.
        if samples < self._least_samples:
            return
        compared = list(observed.compared(now))
        inputs = [each for each in compared if each.reference.kind is Kind.INPUT]
        rest = inputs[SHOWN_FEATURES:]
        shown = [*inputs[:SHOWN_FEATURES], *(each for each in compared if each.reference.kind is not Kind.INPUT)]
        yield _shares("reference_share", "Share of a bin in the reference", shown, lambda each: each.reference.counts)
        yield _shares("window_share", "Share of a bin in the window", shown, lambda each: each.counts)
        yield _indices(shown, rest)


def _missing(observed: Observed) -> CounterMetricFamily:
    """By distribution, as far as it has series of its own."""
    text = "Missing values among the rows that were read"
    family, counts = CounterMetricFamily(f"{PREFIX}_missing_values", text, labels=_OF), Counter[tuple[str, str]]()
    inputs = 0
    for of, count in observed.missing:
        inputs += of.kind is Kind.INPUT
        shown = of.kind is not Kind.INPUT or inputs <= SHOWN_FEATURES
        counts[of.kind, of.feature if shown else OTHERS] += count
    for labels, count in counts.items():
        family.add_metric(labels, count)
    return family


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", text, value=value)


def _shares(
    name: str, text: str, shown: Sequence[Comparison], counts_of: Callable[[Comparison], Sequence[int]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"{PREFIX}_{name}", text, labels=_OF_BIN)
    for each in shown:
        counts, of = counts_of(each), each.reference
        total = sum(counts)
        for label, count in zip(of.bins.names, counts, strict=True):
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
