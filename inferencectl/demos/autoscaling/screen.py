"""The live timeline: prints a line on every change, and every few seconds without one."""

from rich.console import Console
from rich.markup import escape

from inferencectl.demos.autoscaling.phase import Phase
from inferencectl.demos.autoscaling.timeline import Sample
from inferencectl.demos.shown_timeline import clock

_QUIET_SECONDS = 5.0
_REQUESTS_PER_MARK = 6


class Screen:
    """Prints to `console`, which omits colours unless it is a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last: Sample | None = None

    def phase(self, phase: Phase) -> None:
        """Print a headline for a phase that begins."""
        text = f"{phase.name}: {phase.requests_per_second:g} requests a second"
        self._console.print(f"[bold]{escape(text)}[/bold]", highlight=False)

    def sample(self, sample: Sample) -> None:
        """Print a line for a sample, if it shows something new."""
        if self._last is None or _is_new(sample, self._last):
            self._last = sample
            self._console.print(line(sample), highlight=False)


def line(sample: Sample) -> str:
    """Returns time, load, replicas (full circles are ready) and nodes, readable without colours."""
    load = "━" * round(sample.requests_per_second / _REQUESTS_PER_MARK)
    pods = "●" * sample.ready + "○" * max(0, sample.wanted - sample.ready)
    nodes = "▮" * sample.nodes
    colour = "green" if sample.ready == sample.wanted else "yellow"
    return (
        f"{clock(sample.seconds)}  load {sample.requests_per_second:>3g}/s {load:<14}"
        f"  ready [{colour}]{sample.ready} of {sample.wanted} {pods:<10}[/{colour}]  nodes {sample.nodes:>2} {nodes}"
    ).rstrip()


def _is_new(sample: Sample, last: Sample) -> bool:
    def shown(each: Sample) -> tuple[float, ...]:
        return (each.requests_per_second, each.wanted, each.ready, each.nodes)

    return shown(sample) != shown(last) or sample.seconds - last.seconds >= _QUIET_SECONDS
