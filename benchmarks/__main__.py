"""Entry point of ``python -m benchmarks [NAME …]``; exits with 1 if a bound is exceeded, 2 for an unknown name.

Every figure is shown with the load of the machine when it was measured: the number of processes that ran or waited to,
on average over the minute before.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks import (
    autoscaling,
    deploy,
    drift_sampling,
    graph_router,
    live_cold_start,
    live_latency,
    live_throughput,
    live_up,
    masking,
    policies,
    program,
    pull_verify,
    pulumi_preview,
    quantisation,
    real_node,
    registry,
    rules,
    scanner,
    scheduling,
    up,
)
from benchmarks.figure import Figure

LOG_COLUMNS = 180

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
    "drift-sampling": drift_sampling.figures,
    "graph-router": graph_router.figures,
    "registry": registry.figures,
    "rules": rules.figures,
    "masking": masking.figures,
    "pull-verify": pull_verify.figures,
    "pulumi-preview": pulumi_preview.figures,
    "real-node": real_node.figures,
    "live-up": live_up.figures,
    "live-cold-start": live_cold_start.figures,
    "live-latency": live_latency.figures,
    "live-throughput": live_throughput.figures,
}


def main(names: Sequence[str]) -> int:
    """Run the named benchmarks, or all of them, print a table of their figures, and return the exit code."""
    progress = Console(stderr=True, soft_wrap=True)
    if unknown := sorted(set(names) - BENCHMARKS.keys()):
        progress.print(f"error: unknown benchmark {', '.join(unknown)}; use {', '.join(BENCHMARKS)}", highlight=False)
        return 2
    figures = [
        (figure, os.getloadavg()[0])
        for name in names or BENCHMARKS
        for figure in BENCHMARKS[name](lambda text: progress.print(f"· {text}", highlight=False, markup=False))
    ]
    Console(width=None if sys.stdout.isatty() else LOG_COLUMNS).print(_table(figures))
    return 0 if all(figure.met for figure, _ in figures) else 1


def _table(figures: Sequence[tuple[Figure, float]]) -> Table:
    table = Table("figure", "value", "bound", "result", "load", "details", box=None, pad_edge=False)
    for figure, load in figures:
        verdict = "[green]met[/green]" if figure.met else "[red]exceeded[/red]"
        stated = figure.bound is None and figure.least is None
        value = f"{figure.value:.2f} {figure.unit}"
        table.add_row(
            figure.name, value, figure.limit, "stated" if stated else verdict, f"{load:.1f}", escape(figure.detail)
        )
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
