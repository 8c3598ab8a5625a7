"""What the picture of two releases shows."""

from collections.abc import Callable, Mapping, Sequence

from inferencectl.demos.canary.timeline import Sample, Timeline
from inferencectl.demos.drawing import Band, Words, drawn

NAME = "canary"
_WORDS = Words(
    heading="A promotion and a rollback by Flagger",
    about="The share of the requests that each version gets over REST and over gRPC. Each band is a release.",
    legend="simulated requests, led as the live routes say; green: the version that ends up with all; red: the bad one",
)
_COLOURS = {1: "#888888", 2: "#0b6e4f", 3: "#b3261e"}
_STYLES = {f"version-{version}": f"stroke: {colour}" for version, colour in _COLOURS.items()}


def _line(protocol: str, version: int) -> Callable[[Sample], float]:
    return lambda sample: sample.percent(protocol, version)


_LINES: Sequence[tuple[str, Mapping[str, Callable[[Sample], float]]]] = [
    (title, {f"version-{version}": _line(protocol, version) for version in _COLOURS})
    for title, protocol in (("% of REST", "http"), ("% of gRPC", "grpc"))
]


def svg(timeline: Timeline) -> str:
    """The shares of all versions over the same time, each release a band. A timeline has a sample at least."""
    bands = [
        Band(name=each.act.name, begin=each.begin, end=each.end, is_marked=not each.act.promotes)
        for each in timeline.passages
    ]
    return drawn(_WORDS, _STYLES, timeline.samples, _LINES, bands)
