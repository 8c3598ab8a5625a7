"""The command that says what a stack's models have cost."""

from typing import Annotated

import typer

from inferencectl import rightsizing, spending
from inferencectl.console import OUT
from inferencectl.judged_program import this_project
from inferencectl.options import Json, Stack
from inferencectl.program.run import platform_of
from inferencectl.workspace.machine_json import as_json

app = typer.Typer()

PrometheusUrl = Annotated[str, typer.Option("--prometheus", help="Base URL of the Prometheus HTTP API.")]
Since = Annotated[str, typer.Option("--since", help="How far to look back: 1h to 90d.")]


@app.command()
def cost(stack: Stack, prometheus: PrometheusUrl, since: Since = "7d", json: Json = False) -> None:
    """Show what each model has cost, by the hours that Prometheus recorded, beside what was planned."""
    window, api = rightsizing.read_window(since, "--since"), rightsizing.PrometheusApi.at(prometheus)
    made = spending.report_of(platform_of(this_project(), stack), stack, api, window)
    if json:
        OUT.print_json(as_json(made.for_machines()))
    else:
        spending.print_report(OUT, made)
