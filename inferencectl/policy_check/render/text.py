"""The policies' verdict for people, readable at 80 columns and without a terminal."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from textwrap import wrap

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from inferencectl.policy_check.finding import Finding
from inferencectl.policy_check.verdict import Verdict
from inferencectl.program.recording import Recording

_COLOURS = {"mandatory": "red", "advisory": "yellow"}
_POD_TEMPLATE = re.compile(r"^.*\btemplate\.spec\.")
_LONGEST_VALUE = 60


def print_verdict(console: Console, verdict: Verdict) -> None:
    """Print what the policies changed and found: a list for each rule, violations last, then the totals."""
    if verdict.remediations:
        _print_remediations(console, verdict)
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
        for what, where in _by_place(group, recording).items():
            _print_indented(console, what, 2)
            for title in where:
                _print_indented(console, title, 4)
        if remedy:
            _print_indented(console, f"remedy: {remedy}", 2)
        console.print()


def _by_place(findings: Iterable[Finding], recording: Recording) -> Mapping[str, list[str]]:
    """What was found in a field, in words, with the titles of the objects in which it was found."""
    places: dict[str, list[str]] = defaultdict(list)
    for finding in findings:
        # The path within a pod is enough for people; the forms for programs have all of it.
        field = _POD_TEMPLATE.sub("…", finding.field)
        what = f"{field}: {finding.found}" if field else finding.found
        what = f"{what} (exempt {finding.exemption})" if finding.exemption else what
        places[what].append(recording.title_of(finding.urn))
    return places


def _print_indented(console: Console, text: str, indent: int) -> None:
    margin = " " * indent
    lines = wrap(text, console.width, initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False)
    console.print(Text("\n".join(lines)))


def _by_rule(findings: Iterable[Finding]) -> Iterator[tuple[tuple[str, str, str], list[Finding]]]:
    """The findings by level, rule and remedy; violations last, where a terminal leaves the reader."""

    def key(finding: Finding) -> tuple[str, str, str]:
        return finding.level, finding.rule, finding.remedy

    ordered = sorted(findings, key=lambda finding: (finding.level == "mandatory", key(finding)))
    return ((each, list(group)) for each, group in groupby(ordered, key=key))


def _print_remediations(console: Console, verdict: Verdict) -> None:
    console.print("[cyan]remediated[/cyan]")
    for (rule, urn), group in groupby(verdict.remediations, key=lambda each: (each.rule, each.urn)):
        _print_indented(console, f"{rule} {verdict.recording.title_of(urn)}", 2)
        for each in group:
            field = _POD_TEMPLATE.sub("…", each.field)
            _print_indented(console, f"{field}: {_value(each.before)} → {_value(each.after)}", 4)
    console.print()


def _value(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
