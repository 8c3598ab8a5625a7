"""The result of one policy run for each control of each standard.

A rule counts for a control only where it judged something: a rule that judged nothing never makes a control pass.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from inferencectl.compliance.standards import Control, Group, Standard, standards
from inferencectl.policy_check.catalogue import Rule
from inferencectl.policy_check.finding import Finding
from inferencectl.policy_check.judgements import Result, judgements
from inferencectl.policy_check.verdict import Examination
from inferencectl.workspace.project import Project


class Status(StrEnum):
    """The result of a rule or control, worst first; the worst of a control's rules counts."""

    FAILED = "failed"
    UNKNOWN = "cannot be known"
    ADVICE = "advice"
    EXEMPT = "exempt"
    OFF = "switched off"
    PASSED = "passed"
    NOT_APPLICABLE = "not applicable"
    NO_RULE = "no rule"


@dataclass(frozen=True, kw_only=True)
class RuleReport:
    """One rule: how many resources had each result, and what was found."""

    rule: Rule
    results: Mapping[Result, int]
    findings: tuple[Finding, ...]

    @property
    def status(self) -> Status:
        """The worst result; a rule that judged nothing is not applicable, whatever it did not find."""
        if self.rule.level == "disabled":
            return Status.OFF
        worst = next((result for result in Result if self.results[result]), None)
        return Status(worst) if worst else Status.NOT_APPLICABLE


@dataclass(frozen=True, kw_only=True)
class ControlReport:
    """One control with the rules that serve it, or the reason why none does."""

    control: Control
    rules: tuple[RuleReport, ...]

    @property
    def status(self) -> Status:
        """The worst of the rules' statuses, with a rule that judged something before one that did not."""
        statuses = {rule.status for rule in self.rules}
        return next((status for status in Status if status in statuses), Status.NO_RULE)

    @property
    def reason(self) -> str:
        """Why no rule serves the control, by a word of REASONS; empty where one does."""
        return "" if self.rules else self.control.without or "configuration"


@dataclass(frozen=True, kw_only=True)
class GroupReport:
    """A chapter of a standard."""

    group: Group
    controls: tuple[ControlReport, ...]


@dataclass(frozen=True, kw_only=True)
class StandardReport:
    """One standard. ``is_judgement``: that rules serve its controls is the project's own judgement."""

    standard: Standard
    groups: tuple[GroupReport, ...]
    is_judgement: bool

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many controls have each status."""
        return Counter(control.status for group in self.groups for control in group.controls)


@dataclass(frozen=True, kw_only=True)
class Report:
    """The whole report of one run. ``revision`` is the checkout's, ``made`` in UTC."""

    stack: str
    made: datetime
    revision: str
    pack_version: str
    resources: int
    standards: tuple[StandardReport, ...]
    rules: tuple[RuleReport, ...]

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many rules have each status."""
        return Counter(rule.status for rule in self.rules)


def report_of(project: Project, examination: Examination) -> Report:
    """The report of a run that has just ended."""
    rules = _rules(examination)
    recording = examination.verdict.recording
    return Report(
        stack=recording.stack,
        made=datetime.now(UTC),
        revision=project.revision,
        pack_version=project.policy_pack_version,
        resources=len(recording.resources),
        standards=tuple(_standard(standard, rules) for standard in standards()),
        rules=rules,
    )


def summary(report: Report) -> str:
    """One line for each standard: how many controls have each status."""
    return "\n".join(f"{each.standard.name}: {_counted(each.counts)}" for each in report.standards)


def _counted(counts: Mapping[Status, int]) -> str:
    return ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])


def _rules(examination: Examination) -> tuple[RuleReport, ...]:
    results: dict[str, Counter[Result]] = defaultdict(Counter)
    findings: dict[str, list[Finding]] = defaultdict(list)
    for judgement in judgements(examination):
        results[judgement.rule.id][judgement.result] += 1
        findings[judgement.rule.id] += judgement.findings
    return tuple(
        RuleReport(rule=rule, results=results[rule.id], findings=tuple(findings[rule.id])) for rule in examination.rules
    )


def _standard(standard: Standard, rules: Sequence[RuleReport]) -> StandardReport:
    serving: dict[str, list[RuleReport]] = defaultdict(list)
    is_judgement = False
    for report in rules:
        for control in report.rule.controls:
            if control.standard == standard.name:
                serving[control.id].append(report)
                is_judgement = control.judgement
    groups = tuple(
        GroupReport(
            group=group,
            controls=tuple(ControlReport(control=each, rules=tuple(serving[each.id])) for each in group.controls),
        )
        for group in standard.groups
    )
    return StandardReport(standard=standard, groups=groups, is_judgement=is_judgement)
