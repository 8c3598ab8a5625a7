"""The commands about releases."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Self

import typer
from rich.table import Table

from inferencectl.console import OUT, say
from inferencectl.judged_program import this_project
from inferencectl.options import Json, Stack
from inferencectl.program.run import platform_of
from inferencectl.releases import rollback as going_back
from inferencectl.releases.release import Release
from inferencectl.sandbox.control_plane import Cluster
from inferencectl.stack_commands import up
from inferencectl.stack_sandbox import StackSandbox
from inferencectl.workspace.errors import SandboxError
from inferencectl.workspace.machine_json import as_json
from settings import Model, Platform

app = typer.Typer()

ModelName = Annotated[str, typer.Option("--model", help="The model.")]
Number = Annotated[
    int | None, typer.Option("--to", help="The release. Default: the last good one that gave clients something else.")
]
_COMMIT_CHARACTERS, _MINUTES = 7, "%Y-%m-%d %H:%M"


@app.command()
def history(stack: Stack, model: ModelName = "", json: Json = False) -> None:
    """Show who released which versions of a model, when, and with which result."""
    kept = KeptReleases.of_stack(stack)
    found = kept.of(kept.model(model))
    if json:
        OUT.print_json(as_json({"stack": stack, "model": model, "releases": [each.data for each in found]}))
        return
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    for column in ("no.", "when (UTC)", "result", "versions", "strategy", "by", "commit"):
        # At 80 columns: each version and word of the strategy has a line, and only the name of a user may be broken.
        table.add_column(column, no_wrap=column not in ("versions", "strategy", "by"), overflow="fold")
    for each in found:
        at, commit = f"{datetime.fromisoformat(each.at):{_MINUTES}}", each.revision[:_COMMIT_CHARACTERS]
        shown = (going_back.shown(each), going_back.shown_strategy(each.release))
        versions, strategy = (text.replace(", ", ",\n") for text in shown)
        table.add_row(str(each.number), at, each.result, versions, strategy, each.by, commit)
    OUT.print(table if found else f"no release of {model} is on record in {stack}", highlight=False)


@app.command()
def rollback(stack: Stack, model: ModelName = "", to: Number = None, json: Json = False) -> None:
    """Put the versions and the strategy of an earlier release back into the stack file, and deploy it."""
    kept = KeptReleases.of_stack(stack)
    found = kept.model(model)
    release = going_back.chosen(kept.of(found), found, to)
    going_back.write(kept.sandbox.project, stack, found, release, say)
    up(stack, json=json)


@dataclass(frozen=True, kw_only=True)
class KeptReleases:
    """The releases that the cluster of a stack keeps, for the models that its settings have."""

    sandbox: StackSandbox
    platform: Platform

    @classmethod
    def of_stack(cls, stack: str) -> Self:
        """Read the settings of a stack; its program is not run."""
        project = this_project()
        return cls(sandbox=StackSandbox(project=project, stack=stack), platform=platform_of(project, stack))

    def model(self, name: str) -> Model:
        """The model of that name; raises SandboxError if there is none."""
        return going_back.model_named(self.platform, name)

    def of(self, model: Model) -> list[Release]:
        """The releases of a model, the oldest first; raises SandboxError if the cluster does not run."""
        with self.sandbox.releases(self.cluster, self.platform.namespace) as records:
            return records.of(model.name)

    @cached_property
    def cluster(self) -> Cluster:
        """The cluster that keeps them; raises SandboxError if it does not run."""
        cluster = self.sandbox.status(say).cluster
        if cluster is None:
            raise SandboxError(
                f"the cluster of {self.sandbox.stack}, which keeps the releases, does not run",
                f"start it with: make up STACK={self.sandbox.stack}",
            )
        return cluster
