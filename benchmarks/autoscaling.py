"""How long does it take until new replicas are Ready after the load changes, in polling and scrape intervals?

The load doubles and falls back several times in the demonstration's scene, with real KEDA, Prometheus and Karpenter.
Kubernetes' autoscaler asks KEDA while there is at least one pod; KEDA's own polling only concerns zero pods. The
polling interval is therefore the autoscaler's period: a flag of kube-controller-manager, 15 s upstream and 5 s in the
sandbox, to which the stack also sets KEDA's. Rates are computed over four scrapes, so all new replicas are requested
only after half of that window, and the first ones sooner. The time includes the creation of nodes.

Measured on two busy cores (load 12 to 15) with intervals of 5 s and 2 s: the first new replica after 1.10 times 7 s,
all of them after 1.37 times; each is the median of five, from 4.7 to 8.9 s and from 7.7 to 14.7 s. Other intervals were
not measured. All replicas should take about 2.5 scrapes, half a period and the start of their nodes: with the default
of 15 s for both, 1.6 times. To react faster, scrape more often than the autoscaler polls.
"""

import statistics
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figure import Figure
from inferencectl.demos.autoscaling.performance import Audience, perform
from inferencectl.demos.autoscaling.phase import Phase
from inferencectl.demos.autoscaling.scene import running_scene
from inferencectl.demos.autoscaling.timeline import Passage, Timeline
from inferencectl.workspace.project import Project

PROJECT = Project(Path(__file__).parents[1])
ROUNDS = 5
LIMIT = 1.5
QUIET = Phase(name="quiet", requests_per_second=20, replicas=2)
DOUBLED = Phase(name="load doubles", requests_per_second=40, replicas=4)


def figures(progress: Callable[[str], None]) -> Iterator[Figure]:
    """Double and halve the load repeatedly, and measure the time until the replicas are Ready."""
    with (
        TemporaryDirectory() as directory,
        running_scene(PROJECT, Path(directory, "control-plane"), progress) as scene,
    ):
        timeline = Timeline(
            polling_seconds=scene.autoscaling.polling_seconds, scrape_seconds=scene.autoscaling.scrape_interval_seconds
        )
        audience = Audience(phase=lambda phase: progress(phase.name), sample=lambda _: None, progress=progress)
        perform(scene, [QUIET, DOUBLED] * ROUNDS, 0.0, audience, timeline)
    doubled = [passage for passage in timeline.passages if passage.phase == DOUBLED]
    intervals = timeline.polling_seconds + timeline.scrape_seconds
    yield _figure("first new replica Ready after the load doubled", QUIET.replicas + 1, doubled, intervals)
    yield _figure("all new replicas Ready after the load doubled", DOUBLED.replicas, doubled, intervals)


def _figure(name: str, replicas: int, doubled: Sequence[Passage], intervals: float) -> Figure:
    seconds = [passage.seconds_to_ready(replicas) or float("inf") for passage in doubled]
    return Figure(
        name=name,
        value=statistics.median(seconds) / intervals,
        bound=LIMIT,
        unit="x",
        detail=f"median of {len(seconds)}, {min(seconds):.1f} to {max(seconds):.1f} s, of intervals of {intervals:g} s",
    )
