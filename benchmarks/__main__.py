"""Entry point of ``python -m benchmarks [NAME …]``; exits with 1 if a bound is exceeded, 2 for an unknown name."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

from rich.console import Console
from rich.table import Table

from benchmarks import (
    autoscaling,
    deploy,
    policies,
    program,
    quantisation,
    real_node,
    registry,
    scanner,
    scheduling,
    up,
)
from benchmarks.figure import Figure

LOG_COLUMNS = 160

Progress = Callable[[str], None]

BENCHMARKS: Mapping[str, Callable[[Progress], Iterator[Figure]]] = {
    "program": program.figures,
    "up": up.figures,
    "deploy": deploy.figures,
    "policies": policies.figures,
    "scanner": scanner.figures,
    "scheduling": scheduling.figures,
    "autoscaling": autoscaling.figures,
    "quantisation": quantisation.figures,
    "registry": registry.figures,
    "real-node": real_node.figures,
}


def main(names: Sequence[str]) -> int:
    """Run the named benchmarks, or all of them, print a table of their figures, and return the exit code."""
    progress = Console(stderr=True, soft_wrap=True)
    if unknown := sorted(set(names) - BENCHMARKS.keys()):
        progress.print(f"error: unknown benchmark {', '.join(unknown)}; use {', '.join(BENCHMARKS)}", highlight=False)
        return 2
    figures = [
        figure
        for name in names or BENCHMARKS
        for figure in BENCHMARKS[name](lambda text: progress.print(f"· {text}", highlight=False, markup=False))
    ]
    Console(width=None if sys.stdout.isatty() else LOG_COLUMNS).print(_table(figures))
    return 0 if all(figure.met for figure in figures) else 1


def _table(figures: Sequence[Figure]) -> Table:
    table = Table("figure", "value", "bound", "result", "details", box=None, pad_edge=False)
    for figure in figures:
        verdict = "[green]met[/green]" if figure.met else "[red]exceeded[/red]"
        value, bound = (f"{number:.2f} {figure.unit}" for number in (figure.value, figure.bound))
        table.add_row(figure.name, value, bound, verdict, figure.detail)
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
