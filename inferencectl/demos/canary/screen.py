"""The live timeline: prints a line on every change."""

from rich.console import Console
from rich.markup import escape

from inferencectl.demos.canary.timeline import Act, Sample
from inferencectl.demos.shown_timeline import clock
from settings import RELEASE_PROTOCOLS

_PERCENT_PER_MARK = 5
_NAMES = {"http": "REST", "grpc": "gRPC"}


class Screen:
    """Prints to `console`, which omits colours unless it is a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last: str = ""

    def act(self, act: Act) -> None:
        """Print a headline for a release that begins."""
        self._console.print(f"[bold]{escape(act.name)}[/bold]", highlight=False)

    def sample(self, sample: Sample, candidate: int) -> None:
        """Print a line for a sample, if it shows something new."""
        shown = line(sample, candidate)
        if shown != self._last:
            self._last = shown
            self._console.print(f"{clock(sample.seconds)}  {shown}", highlight=False)


def line(sample: Sample, candidate: int) -> str:
    """Returns the candidate's share of each protocol and the phase that Flagger is in, readable without colours."""
    parts = []
    for protocol in RELEASE_PROTOCOLS:
        percent = sample.percent(protocol, candidate)
        bar = "━" * (percent // _PERCENT_PER_MARK)
        parts.append(f"{_NAMES[protocol]} {percent:>3} % {bar:<20} {sample.phases.get(protocol, ''):<11}")
    return f"version {candidate}: {'  '.join(parts)}".rstrip()
