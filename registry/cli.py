"""Versions of models in object storage: immutable, signed and labelled."""

import sys

import typer
from rich.console import Console
from rich.markup import escape

from registry import locking, reading, writing
from registry.errors import RegistryError

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


def main() -> None:
    """Run the command line; a refusal is one plain error and exit code 1 (refused or failed) or 2 (bad input)."""
    try:
        app()
    except RegistryError as error:
        Console(stderr=True, soft_wrap=True).print(f"[bold red]error:[/bold red] {escape(str(error))}", highlight=False)
        sys.exit(error.exit_code)
