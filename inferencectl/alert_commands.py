"""The command about alerts."""

from typing import Annotated

import typer

from inferencectl.alerts import AlertmanagerApi, firing_of, print_firing
from inferencectl.console import OUT
from inferencectl.judged_program import this_project
from inferencectl.options import Json, Stack
from inferencectl.program.run import platform_of
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.machine_json import as_json
from settings import Platform

app = typer.Typer()

AlertmanagerUrl = Annotated[
    str | None,
    typer.Option("--alertmanager", help="Base URL of Alertmanager. Default: monitoring.alerting.address."),
]


@app.command()
def alerts(stack: Stack, alertmanager: AlertmanagerUrl = None, json: Json = False) -> None:
    """Show what is firing in the stack, since when, and who is told, or why nobody is."""
    platform = platform_of(this_project(), stack)
    api = AlertmanagerApi.at(alertmanager or _address(platform, stack))
    found = firing_of(api, platform.namespace)
    if json:
        OUT.print_json(as_json({"stack": stack, "alertmanager": api.url, "alerts": [each.data for each in found]}))
    else:
        print_firing(OUT, stack, found)


def _address(platform: Platform, stack: str) -> str:
    alerting = platform.monitoring.alerting if platform.monitoring else None
    if alerting is None or alerting.address is None:
        raise SandboxError(
            f"the settings of {stack} do not say where its Alertmanager is",
            f"pass it, with make alerts STACK={stack} ALERTMANAGER=http://..., or set monitoring.alerting.address",
            exit_code=BAD_INPUT,
        )
    return alerting.address
