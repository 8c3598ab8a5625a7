"""Deploy, check and inspect a stack of the inference platform."""

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from rich.markup import escape
from typer._click.core import Command, Context
from typer.core import TyperCommand, TyperGroup

import settings
from inferencectl.console import ERR
from inferencectl.workspace.errors import INTERRUPTED, SandboxError

_STACKS, _CHECK, _REPORTS = "inferencectl.cli", "inferencectl.check", "inferencectl.reports"
_DEMOS = "inferencectl.demos.commands"
_RELEASES = "inferencectl.release_commands"
MODULES: Mapping[str, str] = {
    "up": _STACKS,
    "preview": _STACKS,
    "recover": "inferencectl.recover",
    "lock-models": _STACKS,
    "policy": _CHECK,
    "compliance": _REPORTS,
    "render": _REPORTS,
    "rightsizing": _STACKS,
    "status": _STACKS,
    "verify": _STACKS,
    "history": _RELEASES,
    "rollback": _RELEASES,
    "down": _STACKS,
    "demo-autoscaling": _DEMOS,
    "demo-change": _DEMOS,
    "demo-model": _DEMOS,
}
"""The commands in the order of the help, each with the module whose ``app`` has it."""


class CommandsOnDemand(TyperGroup):
    """Imports a command when it is called: what all of them need takes longer than most of them."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - those of the class above
        super().__init__(**attributes)
        # For their names alone, which the help lists and of which a mistyped one is reminded.
        self.commands = {name: TyperCommand(name) for name in MODULES}

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """The command of that name; None if there is none."""
        if cmd_name not in MODULES:
            return None
        return typer.main.get_group(import_module(MODULES[cmd_name]).app).get_command(ctx, cmd_name)


app = typer.Typer(
    cls=CommandsOnDemand, help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@app.callback()
def _has_commands() -> None:
    """Typer takes an app of one command for that command, unless it has a callback."""


def main() -> None:
    """Run the command line. Errors print one message and exit with 1 (failed) or 2 (invalid input)."""
    try:
        app()
    except (SandboxError, settings.SettingsError) as error:
        ERR.print(f"[bold red]error:[/bold red] {escape(str(error))}", highlight=False)
        sys.exit(error.exit_code)
    except SystemExit as end:
        # Typer turns a KeyboardInterrupt into this.
        if end.code == INTERRUPTED:
            ERR.print("interrupted; the next run continues from here")
        raise
