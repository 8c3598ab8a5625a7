"""The observed load, replicas and nodes, as data."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from inferencectl.demos.autoscaling.phase import Phase
from inferencectl.demos.shown_timeline import Stretch


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One observation, `seconds` after the start: the wanted and the ready replicas, and the nodes."""

    seconds: float
    requests_per_second: float
    wanted: int
    ready: int
    nodes: int


@dataclass(frozen=True, kw_only=True)
class Passage(Stretch[Sample]):
    """A phase as it happened, from when the load was set."""

    phase: Phase

    @property
    def is_met(self) -> bool:
        """Whether as many replicas as the phase requires were ready at its end, on one node each.

        While nothing is measured, no replica may be removed either.
        """
        last = self.samples[-1]
        kept = self.phase.is_measured or self.least_ready >= self.samples[0].ready
        return kept and last.ready == last.wanted == last.nodes == self.phase.replicas

    @property
    def least_ready(self) -> int:
        """The lowest number of ready replicas in a sample."""
        return min(sample.ready for sample in self.samples)

    def seconds_to_ready(self, replicas: int) -> float | None:
        """The seconds from setting the load until at least `replicas` were ready; None if they never were."""
        times = (sample.seconds for sample in self.samples if sample.ready >= replicas)
        return next((seconds - self.begin for seconds in times), None)


@dataclass(kw_only=True)
class Timeline:
    """All phases so far, and the intervals of the autoscaler and of Prometheus."""

    polling_seconds: float
    scrape_seconds: float
    passages: list[Passage] = field(default_factory=list)

    @property
    def samples(self) -> Sequence[Sample]:
        """All samples in chronological order."""
        return [sample for passage in self.passages for sample in passage.samples]

    def as_json(self) -> str:
        """Returns the samples, and the start and end of each phase, as JSON."""
        return json.dumps(
            {
                "schema": 1,
                "pollingSeconds": self.polling_seconds,
                "scrapeSeconds": self.scrape_seconds,
                "phases": [
                    {**asdict(passage.phase), "begin": passage.begin, "end": passage.end, "isMet": passage.is_met}
                    for passage in self.passages
                ],
                "samples": [asdict(sample) for sample in self.samples],
            },
            indent=1,
        )


def conclusions(timeline: Timeline) -> Sequence[str]:
    """Returns one sentence per phase about what was observed."""
    return [_conclusion(passage, timeline.polling_seconds) for passage in timeline.passages]


def _conclusion(passage: Passage, polling_seconds: float) -> str:
    phase, first, last = passage.phase, passage.samples[0], passage.samples[-1]
    took = f"after {passage.end - passage.begin:.1f} s"
    if not passage.is_met:
        return f"{phase.name}: {last.ready} of {phase.replicas} replicas were ready {took}, on {last.nodes} nodes"
    if not phase.is_measured:
        return f"{phase.name}: never fewer than {passage.least_ready} replicas were ready, {phase.replicas} in the end"
    if phase.replicas > first.ready:
        seconds = passage.seconds_to_ready(phase.replicas) or 0.0
        intervals = seconds / polling_seconds
        return (
            f"{phase.name}: {phase.replicas} instead of {first.ready} replicas were ready after {seconds:.1f} s, "
            f"{intervals:.1f} polling intervals"
        )
    return f"{phase.name}: {last.ready} replicas on {last.nodes} nodes {took}"
