"""Deploy, check and inspect a stack of the inference platform."""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any

import typer
from rich.markup import escape
from typer._click.core import Command, Context
from typer._click.exceptions import NoArgsIsHelpError, UsageError
from typer.core import TyperCommand, TyperGroup

import settings
from inferencectl.console import ERR
from inferencectl.workspace.errors import BAD_INPUT, FAILED, INTERRUPTED, SandboxError

_STACKS = "inferencectl.stack_commands"
_RELEASES = "inferencectl.release_commands"
_REPORTS = "inferencectl.report_commands"
_API_KEYS = "inferencectl.api_key_commands"
_PRIVACY = "inferencectl.privacy_commands"
_PIPELINES = "inferencectl.pipeline_commands"
_DEMOS = "inferencectl.demos.commands"
MODULES: Mapping[str, str] = {
    "up": _STACKS,
    "preview": _STACKS,
    "recover": "inferencectl.recover_command",
    "doctor": "inferencectl.doctor_command",
    "lock-models": _STACKS,
    "policy": "inferencectl.policy_command",
    "plan": _PIPELINES,
    "deploy-plan": _PIPELINES,
    "drift": _PIPELINES,
    "verify-now": _PIPELINES,
    "report": "inferencectl.review_command",
    "compliance": _REPORTS,
    "processing-record": _REPORTS,
    "render": _REPORTS,
    "rightsizing": _STACKS,
    "cost": "inferencectl.cost_command",
    "status": _STACKS,
    "verify": _STACKS,
    "alerts": "inferencectl.alert_commands",
    "history": _RELEASES,
    "rollback": _RELEASES,
    "promote": "inferencectl.promote_command",
    "api-key-pair": _API_KEYS,
    "api-key": _API_KEYS,
    "find-subject": _PRIVACY,
    "export-subject": _PRIVACY,
    "erase-subject": _PRIVACY,
    "erase-again": _PRIVACY,
    "down": _STACKS,
    "demo-alert": _DEMOS,
    "demo-autoscaling": _DEMOS,
    "demo-canary": _DEMOS,
    "demo-change": _DEMOS,
    "demo-erasure": _DEMOS,
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
        _require_values(sys.argv[1:])
        code = app(standalone_mode=False)
    except NoArgsIsHelpError as asked:
        asked.show()
        sys.exit(BAD_INPUT)
    except UsageError as error:
        path = error.ctx.command_path if error.ctx else f"python -m {__package__}"
        _print_error(f"{error.format_message()}\nsee {path} --help")
        sys.exit(BAD_INPUT)
    except typer.Abort:
        _print_error("nobody has answered the question\nanswer it, or use the option that answers it")
        sys.exit(FAILED)
    except (SandboxError, settings.SettingsError) as error:
        _print_error(str(error))
        sys.exit(error.exit_code)
    # Typer makes this of a KeyboardInterrupt.
    if code == INTERRUPTED:
        ERR.print("interrupted; the next run continues from here")
    sys.exit(code)


def _require_values(arguments: Sequence[str]) -> None:
    """Refuse an option with an empty value: with make that is a variable which the shell has not set.

    Raises:
        SandboxError: naming the option, and the variable of make.
    """
    for option, value in pairwise((*arguments, "-")):
        if option.startswith("--") and (not value or option.endswith("=")):
            name = option.strip("-=")
            raise SandboxError(
                f"--{name} is empty",
                f"give it a value, with make by {name.partition('-')[0].upper()}=",
                exit_code=BAD_INPUT,
            )


def _print_error(text: str) -> None:
    ERR.print(f"[bold red]error:[/bold red] {escape(text)}", highlight=False)
