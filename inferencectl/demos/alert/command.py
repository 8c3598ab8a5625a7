"""`demo-alert`: an alert as it happens, from the first failed request to the message that it is over."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape

from inferencectl.alerts import firing_of, print_firing
from inferencectl.console import say
from inferencectl.demos.alert.scene import FACTOR, MODEL, STACK, Scene, running_scene
from inferencectl.demos.shown_timeline import alone
from inferencectl.workspace.errors import SandboxError
from inferencectl.workspace.project import Project

ALERT = "ModelErrorRateHigh"
FAILING = 0.5
_HEALTHY_SECONDS, _LIMIT_SECONDS, _LOOK_SECONDS = 3.0, 90.0, 0.2


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, in seconds after the first failed request."""

    seconds: float
    name: str


def show_alert(project: Project, console: Console) -> list[Event]:
    """Let a model fail and recover in a sandbox that is deleted at the end, and print what happens when.

    Raises:
        SandboxError: a program cannot be built or started, or the alert does not come or go in time.
    """
    with alone(project.deployment_lock(STACK)), running_scene(project, project.cluster_directory(STACK), say) as scene:
        console.print(
            f"simulated: the requests to {MODEL}, and time, which runs {FACTOR} times as fast in the rules:\n"
            f"every duration in them is divided by {FACTOR}, so that `for: 5m` takes {300 / FACTOR:g} s. Prometheus, "
            "Alertmanager, prometheus-operator,\nand what they say to each other, are real.",
            highlight=False,
        )
        time.sleep(_HEALTHY_SECONDS)
        events: list[Event] = []
        for event in _events(scene, console):
            events.append(event)
            console.print(f"{event.seconds:5.1f} s  {escape(event.name)}", highlight=False)
        return events


def _events(scene: Scene, console: Console) -> Iterator[Event]:
    beginning = time.monotonic()
    scene.load.failing = FAILING
    yield Event(seconds=0.0, name=f"first bad request: {FAILING:.0%} of them fail from now on")
    for state in ("pending", "firing"):
        _await(lambda state=state: scene.state(ALERT) == state, state)
        yield Event(seconds=time.monotonic() - beginning, name=f"{ALERT} is {state}")
    yield Event(seconds=_delivered(scene, "firing") - beginning, name="delivered to the webhook of on-call")
    console.print(f"\nmake alerts STACK={STACK} would show now:", highlight=False)
    print_firing(console, STACK, firing_of(scene.alertmanager, scene.namespace))
    console.print()
    scene.load.failing = 0.0
    yield Event(seconds=time.monotonic() - beginning, name="no request fails any more")
    _await(lambda: not scene.state(ALERT), "resolved")
    seen = time.monotonic()
    delivered = _delivered(scene, "resolved")
    # It is looked at from time to time, and Alertmanager may be told and tell in between.
    yield Event(seconds=min(seen, delivered) - beginning, name=f"{ALERT} is resolved")
    yield Event(seconds=delivered - beginning, name="delivered to on-call that it is over")


def _delivered(scene: Scene, status: str) -> float:
    _await(lambda: scene.told.first("/on-call", ALERT, status) is not None, f"delivered as {status}")
    delivery = scene.told.first("/on-call", ALERT, status)
    return delivery.at if delivery else 0.0


def _await(has_come: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _LIMIT_SECONDS
    while not has_come():
        if time.monotonic() > deadline:
            raise SandboxError(
                f"{ALERT} was not {what} within {_LIMIT_SECONDS:.0f} s", "try again when the machine is less busy"
            )
        time.sleep(_LOOK_SECONDS)
