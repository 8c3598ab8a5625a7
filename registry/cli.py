"""Manage immutable, signed and labelled model versions in object storage."""

import sys

import typer
from rich.console import Console
from rich.markup import escape

from registry import locking, protecting, reading, writing
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
app.command(name="bucket-policy")(protecting.bucket_policy_command)
app.command(name="bucket-lifecycle")(protecting.bucket_lifecycle_command)


def main() -> None:
    """Run the command line; errors are printed on one line and exit with 1 (refused or failed) or 2 (invalid input)."""
    try:
        app()
    except RegistryError as error:
        Console(stderr=True, soft_wrap=True).print(f"[bold red]error:[/bold red] {escape(str(error))}", highlight=False)
        sys.exit(error.exit_code)
