"""Manage immutable, signed and labelled model versions in object storage."""

import sys

import typer
from rich.console import Console
from rich.markup import escape
from typer._click.exceptions import NoArgsIsHelpError, UsageError

from registry import locking, protecting, reading, writing
from registry.errors import BAD_INPUT, RegistryError

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command()(writing.publish)
app.command(name="import")(writing.import_command)
app.command(name="list")(reading.list_command)
app.command()(reading.show)
app.command()(reading.resolve)
app.command()(locking.lock)
app.command()(reading.verify)
app.command()(reading.fetch)
app.command()(writing.promote)
app.command()(writing.retire)
app.command()(writing.clear)
app.command(name="bucket-policy")(protecting.bucket_policy_command)
app.command(name="bucket-lifecycle")(protecting.bucket_lifecycle_command)

_PROGRAM = f"python -m {__package__}"


def main() -> None:
    """Run the command line; errors are printed on one line and exit with 1 (refused or failed) or 2 (invalid input)."""
    try:
        code = app(prog_name=_PROGRAM, standalone_mode=False)
    except NoArgsIsHelpError as asked:
        asked.show()
        code = BAD_INPUT
    except UsageError as error:
        path = error.ctx.command_path if error.ctx else _PROGRAM
        code = _failed(f"{error.format_message().removesuffix('.')}; see {path} --help", BAD_INPUT)
    except RegistryError as error:
        code = _failed(str(error), error.exit_code)
    sys.exit(code)


def _failed(text: str, exit_code: int) -> int:
    Console(stderr=True, soft_wrap=True).print(f"[bold red]error:[/bold red] {escape(text)}", highlight=False)
    return exit_code
