"""The commands of the demonstrations."""

from pathlib import Path
from typing import Annotated

import typer

from inferencectl.console import OUT
from inferencectl.demos.alert.command import show_alert
from inferencectl.demos.autoscaling import command as autoscaling
from inferencectl.demos.canary.command import ACTS, show_canary
from inferencectl.demos.change.command import show_change
from inferencectl.demos.erasure.command import show_erasure
from inferencectl.demos.model.command import show_model
from inferencectl.judged_program import this_project
from inferencectl.live_stack import LiveStack
from inferencectl.session import TRAINING_PYTHON
from inferencectl.stack_nodes import LIVE
from inferencectl.stack_sandbox import StackSandbox

app = typer.Typer()

DemoDirectory = Annotated[Path, typer.Option("--output", help="Directory to write the timeline to.")]
TrainingPython = Annotated[Path, typer.Option("--training-python", help="Python of the training environment.")]


@app.command()
def demo_alert() -> None:
    """Show an alert by the real Prometheus and Alertmanager, from the first failed request to the end of it."""
    show_alert(this_project(), OUT)


@app.command()
def demo_autoscaling(output: DemoDirectory = Path("demo")) -> None:
    """Show replicas and nodes following a load with the real controllers; write it as a picture and as JSON."""
    autoscaling.show_autoscaling(this_project(), output, autoscaling.HOLD_SECONDS)


@app.command()
def demo_canary(output: DemoDirectory = Path("demo")) -> None:
    """Show a promotion and a rollback by the real Flagger, with simulated requests; write a picture and JSON."""
    show_canary(this_project(), output, ACTS)


@app.command()
def demo_change(output: DemoDirectory = Path("demo")) -> None:
    """Change the live stack's model, well and badly, under a load that counts every request that is lost."""
    sandbox = StackSandbox(project=this_project(), stack=LIVE)
    stack = LiveStack(sandbox=sandbox, training_python=sandbox.project.root / TRAINING_PYTHON)
    show_change(stack, output, OUT)


@app.command()
def demo_erasure() -> None:
    """Erase one of two people from a real search engine, restore a snapshot, and erase again."""
    show_erasure(OUT)


@app.command()
def demo_model(training_python: TrainingPython = TRAINING_PYTHON) -> None:
    """Take a model from training to a preview that names its change, and clean up afterwards."""
    show_model(this_project(), training_python, OUT)
