"""Runs the phases one after the other, each until the platform has reached its target."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inferencectl.demos.autoscaling.phase import Phase
from inferencectl.demos.autoscaling.scene import Scene
from inferencectl.demos.autoscaling.timeline import Passage, Sample, Timeline

LOOK_SECONDS = 0.5
LIMIT_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Callbacks for the start of each phase, for each sample, and for the progress of longer work."""

    phase: Callable[[Phase], None]
    sample: Callable[[Sample], None]
    progress: Callable[[str], None]


def perform(scene: Scene, phases: Sequence[Phase], hold_seconds: float, audience: Audience, timeline: Timeline) -> None:
    """Append every phase to `timeline`, each held for `hold_seconds` after its target is reached.

    Stops after the first phase that does not reach its target within `LIMIT_SECONDS`. Prometheus must be running.
    """
    beginning, is_measured = time.monotonic(), True
    for phase in phases:
        audience.phase(phase)
        if phase.is_measured != is_measured:
            is_measured = phase.is_measured
            scene.measure(is_measured=is_measured, progress=audience.progress)
        passage = _pass(scene, phase, beginning, hold_seconds, audience)
        timeline.passages.append(passage)
        if not passage.is_met:
            return


def _pass(scene: Scene, phase: Phase, beginning: float, hold_seconds: float, audience: Audience) -> Passage:
    samples: list[Sample] = []

    def look() -> None:
        samples.append(scene.look(time.monotonic() - beginning))
        audience.sample(samples[-1])

    passage = Passage(phase=phase, samples=samples)
    scene.load.requests_per_second = phase.requests_per_second
    look()
    met_since = None
    while met_since is None or time.monotonic() - met_since < hold_seconds:
        if passage.end - passage.begin > LIMIT_SECONDS:
            break
        time.sleep(LOOK_SECONDS)
        look()
        met_since = (met_since or time.monotonic()) if passage.is_met else None
    return passage
