"""The command that puts right what a killed Pulumi has left."""

import contextlib
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from kubernetes import config

import settings
from inferencectl.console import OUT, say
from inferencectl.engines import DeploymentEngine, owner
from inferencectl.options import Stack
from inferencectl.pulumi.executable import find_pulumi, pulumi_command
from inferencectl.pulumi.recovery import Recovery
from inferencectl.pulumi.stack_commands import StackCommands
from inferencectl.session import Session
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

app = typer.Typer()


class Backend(StrEnum):
    """Where the state of the stack is."""

    SANDBOX = "sandbox"
    CURRENT = "current"


BackendName = Annotated[
    Backend, typer.Option("--backend", help="current: the backend of `pulumi login`, instead of the sandbox's.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Nobody else deploys the stack now: do not ask.")]


@app.command()
def recover(stack: Stack, backend: BackendName = Backend.SANDBOX, *, yes: Yes = False) -> None:
    """Put right what a killed Pulumi has left: its lock, and what it had begun to create. Deploys nothing."""
    session = Session.open(stack)
    if backend is Backend.CURRENT:
        settled = _recover_current(session, yes=yes)
        following = f"pulumi up --stack {stack}"
    else:
        settled = _recover_sandbox(session)
        following = f"make up STACK={stack}"
    found = "recovered" if settled else "nothing to recover"
    OUT.print(f"{found}; go on with: {following}", highlight=False)


def _recover_sandbox(session: Session) -> bool:
    sandbox = session.sandbox
    if owner(session.directory) is not DeploymentEngine.PULUMI:
        raise SandboxError(
            f"Pulumi has not deployed the sandbox of {sandbox.stack}",
            "for a stack in the backend of `pulumi login`, add BACKEND=current; the sandbox's own deployer needs none",
            exit_code=BAD_INPUT,
        )
    cluster = sandbox.start(session.run.platform.cluster.context, say)
    return sandbox.pulumi_recover(cluster, say)


def _recover_current(session: Session, *, yes: bool) -> bool:
    """Recover a stack of the user's own backend and cluster, with the user's own variables."""
    stack, context = session.sandbox.stack, session.run.platform.cluster.context
    if not find_pulumi():
        raise SandboxError("pulumi is not on the PATH", "install Pulumi", exit_code=BAD_INPUT)
    settings.require_context(stack, context)
    question = f"Release the lock of {stack}? Only if no other pulumi is working on it, here or elsewhere."
    if not (yes or typer.confirm(question)):
        raise SandboxError(f"the lock of {stack} was not released, and nothing was changed", "see who holds it")
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    commands = StackCommands(command=pulumi_command(home), stack=stack, directory=session.project.root)
    with contextlib.suppress(SandboxError):
        # Where nothing is locked, some backends call that an error. A backend that cannot be reached fails below.
        commands.cancel()
    return Recovery(commands=commands, connect=lambda: config.new_client_from_config(context=context), say=say).settle()
