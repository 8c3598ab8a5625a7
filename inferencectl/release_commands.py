"""The commands about releases."""

from typing import Annotated

import typer
from rich.table import Table

from inferencectl import cli
from inferencectl.console import OUT, say
from inferencectl.options import Json, Stack
from inferencectl.releases import rollback as going_back
from inferencectl.releases.release import Release
from inferencectl.session import Session
from inferencectl.workspace.errors import SandboxError
from inferencectl.workspace.machine_json import as_json
from settings import Model

app = typer.Typer()

ModelName = Annotated[str, typer.Option("--model", help="The model.")]
Number = Annotated[
    int | None, typer.Option("--to", help="The release. Default: the last good one with other versions.")
]
_COMMIT_CHARACTERS = 12


@app.command()
def history(stack: Stack, model: ModelName, json: Json = False) -> None:
    """Show who released which versions of a model, when, and with which result."""
    session = Session.open(stack)
    found = releases_of(session, going_back.model_named(session.run.platform, model))
    if json:
        OUT.print_json(as_json({"stack": stack, "model": model, "releases": [each.data for each in found]}))
        return
    table = Table("release", "when", "result", "versions", "by", "commit", box=None, pad_edge=False)
    for each in found:
        commit = each.revision[:_COMMIT_CHARACTERS]
        table.add_row(str(each.number), each.at, each.result, going_back.shown(each), each.by, commit)
    OUT.print(table if found else f"no release of {model} is on record in {stack}", highlight=False)


@app.command()
def rollback(stack: Stack, model: ModelName, to: Number = None, json: Json = False) -> None:
    """Put the versions of an earlier release back into the stack file, and deploy it."""
    session = Session.open(stack)
    found = going_back.model_named(session.run.platform, model)
    release = going_back.chosen(releases_of(session, found), found, to)
    going_back.write(session.project, stack, found, release, say)
    cli.up(stack, json=json)


def releases_of(session: Session, model: Model) -> list[Release]:
    """The releases of a model, the oldest first; raises SandboxError if the cluster that keeps them does not run."""
    cluster = session.sandbox.status(say).cluster
    if cluster is None:
        raise SandboxError(
            f"the cluster of {session.stack}, which keeps the releases, does not run",
            f"start it with: make up STACK={session.stack}",
        )
    with session.sandbox.releases(cluster, session.run.platform.namespace) as records:
        return records.of(model.name)
