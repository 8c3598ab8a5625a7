"""Where commands print: results on standard output, progress and errors on standard error."""

from rich.console import Console
from rich.markup import escape

OUT = Console(soft_wrap=True)
ERR = Console(stderr=True, soft_wrap=True)


def say(text: str) -> None:
    """Report progress on standard error."""
    ERR.print(f"[dim]·[/dim] {escape(text)}", highlight=False)
