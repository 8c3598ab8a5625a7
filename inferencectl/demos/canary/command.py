"""`demo-canary`: shows two releases as a live timeline, then writes it as a picture and as data."""

import time
from collections.abc import Sequence
from pathlib import Path

from inferencectl.console import OUT, say
from inferencectl.demos.canary.picture import NAME, svg
from inferencectl.demos.canary.scene import Scene, running_scene
from inferencectl.demos.canary.screen import Screen
from inferencectl.demos.canary.simulated_requests import Behaviour
from inferencectl.demos.canary.stack import MODEL, STACK
from inferencectl.demos.canary.timeline import Act, Passage, Sample, Timeline, conclusions
from inferencectl.demos.drawing import Pictures
from inferencectl.demos.shown_timeline import alone, present
from inferencectl.workspace.errors import SandboxError
from inferencectl.workspace.project import Project

ACTS = (
    Act(name="version 2 answers well", stable=1, candidate=2, promotes=True),
    Act(name="version 3 fails for 8 % of gRPC", stable=2, candidate=3, promotes=False),
)
BAD = Behaviour(failing={"grpc": 0.08})
LIMIT_SECONDS = 240.0
_LOOK_SECONDS = 0.5


def show_canary(project: Project, output: Path, acts: Sequence[Act]) -> None:
    """Perform the releases in a sandbox that is deleted at the end, and write the timeline to `output`.

    Raises:
        SandboxError: `output` is not writable, a program cannot be built or started, or a release did not end as it
            should; the timeline up to then is written nevertheless.
    """
    pictures = Pictures.below(output, NAME)
    with alone(project.deployment_lock(STACK)):
        timeline = _performed(project, acts)
    present(pictures, svg(timeline), timeline.as_json(), conclusions(timeline))
    _require_met(timeline.passages, pictures)


def _performed(project: Project, acts: Sequence[Act]) -> Timeline:
    with running_scene(project, project.cluster_directory(STACK), say) as scene:
        timeline, screen, beginning = Timeline(), Screen(OUT), time.monotonic()
        for act in acts:
            if not act.promotes:
                scene.requests.behaviours[MODEL, act.candidate] = BAD
            screen.act(act)
            timeline.passages.append(_passage(scene, act, screen, beginning))
            if not timeline.passages[-1].is_met:
                break
        return timeline


def _passage(scene: Scene, act: Act, screen: Screen, beginning: float) -> Passage:
    scene.release((act.stable, act.candidate), act.candidate)
    samples: list[Sample] = []
    passage = Passage(act=act, samples=samples)
    while not samples or (not passage.is_met and passage.end - passage.begin < LIMIT_SECONDS):
        samples.append(scene.look(beginning))
        screen.sample(samples[-1], act.candidate)
        time.sleep(_LOOK_SECONDS)
    return passage


def _require_met(passages: Sequence[Passage], pictures: Pictures) -> None:
    last = passages[-1]
    if not last.is_met:
        raise SandboxError(
            f"{last.act.name}: the release did not end within {LIMIT_SECONDS:.0f} s as it should",
            f"{pictures.svg} shows the timeline; try again when the machine is less busy",
        )
