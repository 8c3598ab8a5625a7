"""What the commands say: for people with Rich, for machines as JSON."""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sandbox.analyzer import Finding, Remediation
from sandbox.deployment import Action, Change, FieldChange, Plan
from sandbox.environment import Workload
from sandbox.program_run import Verdict

_SIGNS: Mapping[Action, tuple[str, str]] = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.REPLACE: ("±", "magenta"),
    Action.DELETE: ("-", "red"),
    Action.UNCHANGED: ("=", "dim"),
}
_VALUE_CHARACTERS = 100


def as_json(value: object) -> str:
    """``value``, made of dataclasses, mappings and sequences, as JSON for machines."""
    return json.dumps(value, default=_plain, indent=2)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def print_plan(console: Console, plan: Plan) -> None:
    """Each change with its fields, and the sum of all."""
    for change in plan.changed:
        sign, colour = _SIGNS[change.action]
        drifted = " [bold](drifted)[/bold]" if change.drifted else ""
        console.print(f"[{colour}]{sign} {change.action} {change.kind} {escape(_name(change))}[/{colour}]{drifted}")
        for field in change.fields if change.action is not Action.DELETE else ():
            console.print(f"    {escape(_field(field))}", highlight=False)
    console.print(summary(plan), highlight=False)


def summary(plan: Plan) -> str:
    """How many objects see each action, in words."""
    if not plan.changed:
        return f"no changes: {plan.counts[Action.UNCHANGED]} objects are as the stack says"
    return ", ".join(f"{plan.counts[action]} to {action}" for action in Action if plan.counts[action])


def print_verdict(console: Console, verdict: Verdict) -> None:
    """What the policy pack changed and found, and the sum of it."""
    for remediation in verdict.remediations:
        console.print(f"[cyan]remediated[/cyan] {escape(_remediation(remediation))}", highlight=False)
    for finding in verdict.findings:
        colour = "red" if finding.level == "mandatory" else "yellow"
        console.print(
            f"[{colour}]{finding.level} {finding.rule}[/{colour}] {escape(_finding(finding))}", highlight=False
        )
    colour = "red" if verdict.violations else "green"
    console.print(
        f"[{colour}]{len(verdict.violations)} violations[/{colour}], {len(verdict.advice)} advisory findings, "
        f"{len(verdict.remediations)} remediations in {len(verdict.recording.resources)} resources",
        highlight=False,
    )


def print_workloads(console: Console, workloads: Iterable[Workload], addresses: Mapping[str, Any]) -> None:
    """The model servers, and where the models are reached."""
    table = Table("workload", "ready", box=None, pad_edge=False)
    for workload in workloads:
        colour = "green" if workload.ready == workload.wanted else "yellow"
        table.add_row(f"{workload.kind} {workload.name}", f"[{colour}]{workload.ready}/{workload.wanted}[/{colour}]")
    console.print(table)
    for model, address in addresses.items():
        console.print(f"{model}: {address}", highlight=False, soft_wrap=True)


def _name(change: Change) -> str:
    return f"{change.namespace}/{change.name}" if change.namespace else change.name


def _field(field: FieldChange) -> str:
    if field.before is None:
        return f"+ {field.path}: {_value(field.after)}"
    if field.after is None:
        return f"- {field.path}: {_value(field.before)}"
    return f"~ {field.path}: {_value(field.before)} → {_value(field.after)}"


def _value(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _VALUE_CHARACTERS else f"{text[:_VALUE_CHARACTERS]}…"


def _finding(finding: Finding) -> str:
    resource = finding.urn.rpartition("::")[2] or "the stack"
    return f"{resource}: {finding.message.removeprefix(f'{finding.rule} ')}"


def _remediation(remediation: Remediation) -> str:
    resource = remediation.urn.rpartition("::")[2]
    before, after = _value(remediation.before), _value(remediation.after)
    return f"{remediation.rule} {resource}: {remediation.field}: {before} → {after}"
