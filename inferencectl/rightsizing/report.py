"""The report: requests, usage and proposals of each model, the savings, and the lines for the stack file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import yaml
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from inferencectl.cost.comparison import CostComparison
from inferencectl.rightsizing.proposal import Proposal
from inferencectl.rightsizing.usage import Unknown, Usage
from settings import Model, ResourceClass, StackCost

_GIB, _MIB = 2**30, 2**20


@dataclass(frozen=True, kw_only=True)
class ModelReport:
    """One model: its usage and the proposal, or the reason why there is none."""

    model: Model
    usage: Usage | Unknown
    proposal: Proposal | None

    @property
    def class_name(self) -> str:
        """The name of the proposed resource class, which only this model uses."""
        return f"sized-{self.model.name}"


@dataclass(frozen=True, kw_only=True)
class Report:
    """The report for all models of a stack."""

    stack: str
    window: str
    currency: str
    models: tuple[ModelReport, ...]

    @property
    def changes(self) -> Mapping[str, Any]:
        """The changes to ``inference:platform`` in the stack file; empty if nothing is proposed."""
        changed = [(each, each.proposal.proposed) for each in self.models if each.proposal and each.proposal.is_change]
        if not changed:
            return {}
        return {
            "resourceClasses": {each.class_name: _written(proposed) for each, proposed in changed},
            "models": [{"name": each.model.name, "resources": each.class_name} for each, _ in changed],
        }

    @property
    def saving(self) -> CostComparison | None:
        """The proposed cost of the models with a proposal, compared with their current cost.

        None without prices or changes.
        """
        judged = [each.proposal for each in self.models if each.proposal]
        now = tuple(each.cost_now for each in judged if each.cost_now)
        proposed = tuple(each.cost_proposed for each in judged if each.cost_proposed)
        if not now or not self.changes:
            return None
        return CostComparison(
            now=StackCost(currency=self.currency, parts=proposed), before=StackCost(currency=self.currency, parts=now)
        )

    def for_machines(self) -> Mapping[str, Any]:
        """The content of the JSON report."""
        return {
            "stack": self.stack,
            "window": self.window,
            "models": [_model_for_machines(each) for each in self.models],
            "changes": self.changes,
            "saving": self.saving,
        }


def print_report(console: Console, report: Report) -> None:
    """Print the table, the reasons for missing proposals, the costs, and the lines for the stack file."""
    _print_table(console, report)
    for note in _notes(report):
        console.print(escape(note), highlight=False)
    if report.saving:
        console.print("\ncost with these proposals:")
        for line in report.saving.lines:
            console.print(escape(line), highlight=False)
    if report.changes:
        console.print(f"\npaste into Pulumi.{report.stack}.yaml; each model keeps its other settings:\n")
        console.print(escape(snippet(report.changes)), highlight=False)


def _print_table(console: Console, report: Report) -> None:
    table = Table("model", "requests", f"used in {report.window}", "proposed", box=None, pad_edge=False)
    for each in report.models:
        if isinstance(each.usage, Usage) and each.proposal:
            for number, cells in enumerate(_rows(each.usage, each.proposal)):
                table.add_row(escape(each.model.name) if number == 0 else "", *cells)
    console.print(table)


def _notes(report: Report) -> Iterator[str]:
    """The reasons for missing proposals."""
    for each in report.models:
        if isinstance(each.usage, Unknown):
            yield f"{each.model.name}: no proposal: {each.usage.reason}"
        elif each.proposal and each.proposal.gpu_note:
            yield f"{each.model.name}: no GPU proposal: {each.proposal.gpu_note}"


def snippet(changes: Mapping[str, Any]) -> str:
    """``changes`` as YAML."""
    return yaml.safe_dump(dict(changes), sort_keys=False, default_flow_style=None, width=1000)


def _rows(usage: Usage, proposal: Proposal) -> Iterator[tuple[str, str, str]]:
    now, proposed = proposal.now, proposal.proposed
    cores = f"p95 {usage.cpu_p95_cores:.2f}, max {usage.cpu_max_cores:.2f}"
    yield f"CPU {now.cpu}", cores, _changed(now.cpu, proposed.cpu)
    yield f"memory {now.memory}", f"max {_size(usage.memory_max_bytes)}", _changed(now.memory, proposed.memory)
    if now.gpu_request:
        gpu = usage.gpu
        used = f"p95 {gpu.p95_percent:.0f} %, max {_size(gpu.memory_max_mib * _MIB)}" if gpu else "unknown"
        yield str(now.gpu_request), used, _changed(str(now.gpu_request), str(proposed.gpu_request))


def _changed(now: str, proposed: str) -> str:
    return "unchanged" if now == proposed else f"[bold]{escape(proposed)}[/bold]"


def _size(size_bytes: Decimal) -> str:
    return f"{size_bytes / _GIB:.1f} GiB" if size_bytes >= _GIB else f"{size_bytes / _MIB:.0f} MiB"


def _written(resources: ResourceClass) -> Mapping[str, Any]:
    return resources.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _model_for_machines(each: ModelReport) -> Mapping[str, Any]:
    proposal = each.proposal
    return {
        "name": each.model.name,
        "took": each.usage if isinstance(each.usage, Usage) else None,
        "reason": each.usage.reason if isinstance(each.usage, Unknown) else None,
        "now": _written(proposal.now) if proposal else None,
        "proposed": _written(proposal.proposed) if proposal else None,
        "gpu_note": proposal.gpu_note if proposal else None,
    }
