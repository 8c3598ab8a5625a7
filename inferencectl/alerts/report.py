"""What fires, for people."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.markup import escape

from inferencectl.alerts.firing import Firing

_COLOURS = {"critical": "bold red", "warning": "yellow"}


def print_firing(console: Console, stack: str, firing: Sequence[Firing], now: datetime | None = None) -> None:
    """Print each alert with what somebody needs who is called for it."""
    if not firing:
        console.print(f"nothing fires in {stack}, not even Watchdog: alerts may not arrive", highlight=False)
    for each in firing:
        colour = _COLOURS.get(each.severity, "dim")
        about = " ".join(filter(None, (each.name, each.model)))
        console.print(f"[{colour}]{escape(each.severity or '?'):<8}[/{colour}] {escape(about)}", highlight=False)
        for line in _lines(each, now or datetime.now(UTC)):
            console.print(f"         {escape(line)}", highlight=False)


def _lines(firing: Firing, now: datetime) -> Iterator[str]:
    yield f"since {firing.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC ({_ago(now - firing.since)}), team {firing.team}"
    yield firing.summary
    if firing.description:
        yield firing.description
    yield from (f"nobody is told: {why}" for why in firing.quiet)
    if not firing.quiet:
        yield f"told: {', '.join(firing.told)}" if firing.told else "nobody is told: no receiver is for it"
    if firing.runbook:
        yield f"what to do: {firing.runbook}"


def _ago(time: timedelta) -> str:
    minutes = int(time.total_seconds()) // 60
    hours, days = minutes // 60, minutes // (24 * 60)
    return f"{days} d" if days > 1 else f"{hours} h" if hours > 1 else f"{minutes} min"
