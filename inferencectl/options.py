"""The options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

Stack = Annotated[str, typer.Option("--stack", help="The stack, as in Pulumi.<stack>.yaml.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
Directory = Annotated[Path | None, typer.Option("--output", help="Directory to write to, one file per object.")]
ReportDirectory = Annotated[Path, typer.Option("--output", help="Directory to write the report to.")]
