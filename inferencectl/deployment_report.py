"""Reports of deployments, for people."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from inferencectl.changes import Action, Change, Outcome, Plan
from inferencectl.changes.words import SIGNS, lines_below, summary
from inferencectl.cost.comparison import CostComparison
from inferencectl.model_changes import ModelChange
from inferencectl.outages import Outage
from inferencectl.stack_sandbox import Workload

_COLOURS: Mapping[Action, str] = {
    Action.CREATE: "green",
    Action.UPDATE: "yellow",
    Action.REPLACE: "magenta",
    Action.DELETE: "red",
    Action.RELEASE: "yellow",
}


def print_model_changes(console: Console, changes: Iterable[ModelChange]) -> None:
    """Print each model whose version changes, with its metrics."""
    for change in changes:
        console.print(f"[yellow]{escape(str(change))}[/yellow]", highlight=False)


def print_client_changes(console: Console, changes: Iterable[str]) -> None:
    """Print each model whose clients get something else."""
    for change in changes:
        console.print(f"[yellow]{escape(change)}[/yellow]", highlight=False, soft_wrap=True)


def print_outages(console: Console, outages: Iterable[Outage]) -> None:
    """Print each model that does not answer for a while during the change."""
    for outage in outages:
        console.print(f"[bold yellow]{escape(str(outage))}[/bold yellow]", highlight=False)


def print_plan(console: Console, plan: Plan) -> None:
    """Print each planned change with its fields, and a summary."""
    _print_changes(console, plan.changed)
    console.print(summary(plan, "{count} to {action}"), highlight=False)


def print_outcome(console: Console, outcome: Outcome) -> None:
    """Print the changed fields and a summary; the progress output already named each object."""
    _print_changes(console, [change for change in outcome.changed if change.fields])
    console.print(f"{summary(outcome, '{action}d {count}')} in {outcome.seconds:.0f} s", highlight=False)


def print_cost(console: Console, cost: CostComparison | None) -> None:
    """Print a line per model, per pool's spare capacity, and the total, if the stack has prices."""
    for line in cost.lines if cost else ():
        console.print(escape(line), highlight=False)


def _print_changes(console: Console, changes: Iterable[Change]) -> None:
    for change in changes:
        sign, colour = SIGNS[change.action], _COLOURS[change.action]
        drifted = " [bold](drifted)[/bold]" if change.drifted else ""
        console.print(f"[{colour}]{sign} {change.action} {change.kind} {escape(change.full_name)}[/{colour}]{drifted}")
        for line in lines_below(change):
            console.print(f"    {escape(line)}", highlight=False)


def print_workloads(console: Console, workloads: Iterable[Workload], addresses: Mapping[str, Any]) -> None:
    """Print the model servers and the addresses of the models."""
    table = Table("workload", "ready", box=None, pad_edge=False)
    for workload in workloads:
        colour = "green" if workload.ready == workload.wanted else "yellow"
        table.add_row(f"{workload.kind} {workload.name}", f"[{colour}]{workload.ready}/{workload.wanted}[/{colour}]")
    console.print(table)
    for model, address in addresses.items():
        console.print(f"{model}: {address}", highlight=False, soft_wrap=True)


def print_local_addresses(console: Console, addresses: Mapping[str, Any], local: Mapping[str, str]) -> None:
    """Print where a client on this machine reaches the models, if their pods run."""
    for model, address in addresses.items():
        if here := local.get(f"{model}:http"):
            path = urlsplit(str(address)).path
            console.print(f"{model} from this machine: http://{here}{path}", highlight=False, soft_wrap=True)


def print_gateway(console: Console, addresses: Mapping[str, Any], authority: Path, here: str) -> None:
    """Print how a client on this machine comes in through the gateway, whose port is ``here``."""
    for model, address in addresses.items():
        host = urlsplit(str(address)).hostname
        if host and str(address).startswith("https:"):
            command = f"curl -s --cacert {authority} --connect-to {host}:443:{here} {address}"
            console.print(f"{model} through the gateway: {command}", highlight=False, soft_wrap=True)


def print_example(console: Console, request: Path, here: str) -> None:
    """Print a command that sends the example request to the address ``here`` of the example model."""
    command = f"curl -s -d @{request} http://{here}/v2/models/digits/infer"
    console.print(f"ask it for a digit: {command}", highlight=False, soft_wrap=True)
