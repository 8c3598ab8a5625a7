"""The policies' verdict as tables for people, readable at 80 columns and without a terminal."""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from inferencectl.policy_check.finding import Finding
from inferencectl.policy_check.verdict import Verdict
from inferencectl.program.recording import Recording

_COLOURS = {"mandatory": "red", "advisory": "yellow"}
_POD_TEMPLATE = re.compile(r"^.*\btemplate\.spec\.")
_LONGEST_VALUE = 60


def print_verdict(console: Console, verdict: Verdict) -> None:
    """Print what the policies changed and found: a table for each rule, violations last, then the totals."""
    if verdict.remediations:
        console.print("[cyan]remediated[/cyan]")
        console.print(_remediations(verdict), soft_wrap=False)
    _print_findings(console, verdict.findings, verdict.recording)
    colour = "red" if verdict.violations else "green"
    console.print(
        f"[{colour}]{len(verdict.violations)} violations[/{colour}], {len(verdict.advice)} advisory findings, "
        f"{len(verdict.remediations)} remediations in {len(verdict.recording.resources)} resources",
        highlight=False,
    )


def print_violations(console: Console, verdict: Verdict) -> None:
    """Print what stops a deployment, and one line on how much advice there is: for a command about something else."""
    _print_findings(console, verdict.violations, verdict.recording)
    if verdict.advice or verdict.remediations:
        console.print(
            f"{len(verdict.advice)} advisory findings, {len(verdict.remediations)} remediations; "
            f"make policy STACK={verdict.recording.stack} lists them",
            highlight=False,
        )


def _print_findings(console: Console, findings: Iterable[Finding], recording: Recording) -> None:
    for (level, rule, remedy), group in _by_rule(findings):
        head = f"[bold {_COLOURS[level]}]{level} {escape(rule)}[/] {group[0].severity or ''}".rstrip()
        console.print(f"{head}: {escape(group[0].title)}", highlight=False, soft_wrap=False)
        console.print(_findings(group, recording), soft_wrap=False)
        if remedy:
            line = Text.assemble("remedy: ", remedy, overflow="fold")
            console.print(Padding(line, (0, 0, 1, 1)), highlight=False, soft_wrap=False)


def _by_rule(findings: Iterable[Finding]) -> Iterator[tuple[tuple[str, str, str], list[Finding]]]:
    """The findings by level, rule and remedy; violations last, where a terminal leaves the reader."""

    def key(finding: Finding) -> tuple[str, str, str]:
        return finding.level, finding.rule, finding.remedy

    ordered = sorted(findings, key=lambda finding: (finding.level == "mandatory", key(finding)))
    return ((each, list(group)) for each, group in groupby(ordered, key=key))


def _findings(findings: Iterable[Finding], recording: Recording) -> Table:
    table = _table("resource", "field", "found")
    for finding in findings:
        found = f"{finding.found}\nexempt {finding.exemption}" if finding.exemption else finding.found
        # The path within a pod is enough for people; the forms for programs have all of it.
        field = _POD_TEMPLATE.sub("…", finding.field)
        table.add_row(*map(escape, (recording.title_of(finding.urn), field, found)))
    return table


def _remediations(verdict: Verdict) -> Table:
    table = _table("rule", "resource", "field", "before", "after")
    for each in verdict.remediations:
        resource, field = verdict.recording.title_of(each.urn), _POD_TEMPLATE.sub("…", each.field)
        table.add_row(*map(escape, (each.rule, resource, field, _value(each.before), _value(each.after))))
    return table


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=True, show_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _value(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
