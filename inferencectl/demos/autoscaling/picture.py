"""What the picture of replicas and nodes shows."""

from collections.abc import Callable, Mapping, Sequence

from inferencectl.demos.autoscaling.timeline import Sample, Timeline
from inferencectl.demos.drawing import Band, Words, drawn

NAME = "autoscaling"
_WORDS = Words(
    heading="Replicas and nodes following the load",
    about="Requests a second, replicas wanted and ready, and nodes, over the same seconds. Each band is a phase.",
    legend="dashed: replicas that the autoscaler wants; solid: replicas that are ready; red: no Prometheus",
)
_STYLES = {
    "load": "stroke: #b35900",
    "ready": "stroke: #0b6e4f",
    "nodes": "stroke: #3b4cc0",
    "wanted": "stroke: #0b6e4f; stroke-width: 1.5; stroke-dasharray: 5 4",
}
_LINES: Sequence[tuple[str, Mapping[str, Callable[[Sample], float]]]] = (
    ("requests a second", {"load": lambda sample: sample.requests_per_second}),
    ("replicas", {"wanted": lambda sample: sample.wanted, "ready": lambda sample: sample.ready}),
    ("nodes", {"nodes": lambda sample: sample.nodes}),
)


def svg(timeline: Timeline) -> str:
    """Load, replicas and nodes over the same time, each phase a band. A timeline has a sample at least."""
    bands = [
        Band(name=each.phase.name, begin=each.begin, end=each.end, is_marked=not each.phase.is_measured)
        for each in timeline.passages
    ]
    return drawn(_WORDS, _STYLES, timeline.samples, _LINES, bands)
