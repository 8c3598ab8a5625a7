"""Where requests went and what Flagger was doing, as data."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from inferencectl.demos.shown_timeline import Stretch
from settings import RELEASE_PROTOCOLS


@dataclass(frozen=True, kw_only=True)
class Act:
    """A release: the candidate, the version before it, how it answers in words, and the phase that it should end in."""

    name: str
    stable: int
    candidate: int
    promotes: bool

    @property
    def phase(self) -> str:
        """The phase of Flagger's that the release is to end in."""
        return "Succeeded" if self.promotes else "Failed"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One observation, `seconds` after the start: percents of requests by protocol and version, and the phases."""

    seconds: float
    percents: dict[str, dict[int, int]]
    phases: dict[str, str]

    def percent(self, protocol: str, version: int) -> int:
        """The share of the requests of a protocol that a version gets."""
        return self.percents.get(protocol, {}).get(version, 0)


@dataclass(frozen=True, kw_only=True)
class Passage(Stretch[Sample]):
    """A release as it happened, from when its deployment had ended."""

    act: Act

    @property
    def is_met(self) -> bool:
        """Whether both protocols ended as they should, with all requests at the right version."""
        last, version = self.samples[-1], self.act.candidate if self.act.promotes else self.act.stable
        return all(
            last.phases.get(protocol) == self.act.phase and last.percent(protocol, version) == 100
            for protocol in RELEASE_PROTOCOLS
        )

    @property
    def exposed_seconds(self) -> float:
        """How long the candidate had requests of either protocol."""
        at = [each.seconds for each in self.samples if any(self.shares(each))]
        after = [each.seconds for each in self.samples if at and each.seconds > at[-1]]
        return ((after or at)[0 if after else -1] - at[0]) if at else 0.0

    @property
    def most_percent(self) -> int:
        """The greatest share that the candidate got."""
        return max(share for each in self.samples for share in self.shares(each))

    def shares(self, sample: Sample) -> Sequence[int]:
        """The candidate's shares of each protocol."""
        return [sample.percent(protocol, self.act.candidate) for protocol in RELEASE_PROTOCOLS]


@dataclass(kw_only=True)
class Timeline:
    """All releases so far."""

    passages: list[Passage] = field(default_factory=list)

    @property
    def samples(self) -> Sequence[Sample]:
        """All samples in chronological order."""
        return [sample for passage in self.passages for sample in passage.samples]

    def as_json(self) -> str:
        """Returns the samples, and the start and end of each release, as JSON."""
        acts = [
            {**asdict(each.act), "begin": each.begin, "end": each.end, "isMet": each.is_met} for each in self.passages
        ]
        samples = [asdict(sample) for sample in self.samples]
        return json.dumps({"schema": 1, "releases": acts, "samples": samples}, indent=1)


def conclusions(timeline: Timeline) -> Sequence[str]:
    """Returns one sentence per release about what was observed."""
    return [_conclusion(passage) for passage in timeline.passages]


def _conclusion(passage: Passage) -> str:
    act = passage.act
    if not passage.is_met:
        return f"{act.name}: not {act.phase.lower()} after {passage.end - passage.begin:.0f} s"
    if act.promotes:
        return f"{act.name}: it has all requests after {passage.end - passage.begin:.0f} s"
    return (
        f"{act.name}: version {act.stable} has all requests again; version {act.candidate} had up to "
        f"{passage.most_percent} % of them, for {passage.exposed_seconds:.0f} s"
    )
