"""`demo-autoscaling`: shows a live timeline, then writes it as a picture and as data."""

from collections.abc import Sequence
from pathlib import Path

from inferencectl.console import OUT, say
from inferencectl.demos.autoscaling.performance import Audience, perform
from inferencectl.demos.autoscaling.phase import PHASES
from inferencectl.demos.autoscaling.picture import NAME, svg
from inferencectl.demos.autoscaling.scene import running_scene
from inferencectl.demos.autoscaling.screen import Screen
from inferencectl.demos.autoscaling.timeline import Passage, Timeline, conclusions
from inferencectl.demos.drawing import Pictures
from inferencectl.demos.shown_timeline import alone, present
from inferencectl.workspace.errors import SandboxError
from inferencectl.workspace.project import Project

HOLD_SECONDS = 8.0
"""How long each phase is held after its target is reached, for people who watch."""

_NAME = "demo-autoscaling"


def show_autoscaling(project: Project, output: Path, hold_seconds: float) -> None:
    """Perform all phases in a sandbox that is deleted at the end, and write the timeline to `output`.

    Raises:
        SandboxError: `output` is not writable, a program cannot be built or started, or the platform did not reach the
            target of a phase; the timeline up to then is written nevertheless.
    """
    pictures = Pictures.below(output, NAME)
    with alone(project.deployment_lock(_NAME)):
        timeline = _performed(project, hold_seconds)
    present(pictures, svg(timeline), timeline.as_json(), conclusions(timeline))
    _require_met(timeline.passages, pictures)


def _performed(project: Project, hold_seconds: float) -> Timeline:
    with running_scene(project, project.cluster_directory(_NAME), say) as scene:
        timeline = Timeline(
            polling_seconds=scene.autoscaling.polling_seconds, scrape_seconds=scene.autoscaling.scrape_interval_seconds
        )
        screen = Screen(OUT)
        audience = Audience(phase=screen.phase, sample=screen.sample, progress=say)
        perform(scene, PHASES, hold_seconds, audience, timeline)
        return timeline


def _require_met(passages: Sequence[Passage], pictures: Pictures) -> None:
    last = passages[-1]
    if last.is_met:
        return
    seen = last.samples[-1]
    raise SandboxError(
        f"{last.phase.name}: {seen.ready} of {last.phase.replicas} replicas ready on {seen.nodes} nodes after "
        f"{last.end - last.begin:.0f} s, never fewer than {last.least_ready}",
        f"{pictures.svg} shows the timeline; try again when the machine is less busy",
    )
