"""What was looked at and what is missing, for people."""

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape

from inferencectl.doctor.check import Check


def print_checks(console: Console, place: str, checks: Iterable[Check]) -> int:
    """Print each as it becomes known; returns how much is missing."""
    console.print(f"[bold]{escape(place)}[/bold]", highlight=False)
    missing = 0
    for check in checks:
        word, colour = ("lacks", "bold red") if check.lacks else ("ok", "green")
        console.print(f"  [{colour}]{word:<5}[/{colour}] {escape(check.subject)}", highlight=False)
        for lack in check.lacks:
            console.print(f"        - {escape(lack.what)}", highlight=False)
            console.print(f"          {escape(lack.remedy)}", highlight=False, style="dim")
        missing += len(check.lacks)
    return missing
