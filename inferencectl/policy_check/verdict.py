"""The policy pack's verdict on a recording: its remediations and its findings."""

from dataclasses import dataclass, replace

from inferencectl.policy_check.analyzer import Analyzer
from inferencectl.policy_check.catalogue import Rule, rules_outside
from inferencectl.policy_check.finding import Finding
from inferencectl.policy_check.remediation import Remediation
from inferencectl.program.recording import Recording
from inferencectl.workspace.project import Project


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The recording with the pack's remediations applied, and the findings on the result."""

    recording: Recording
    remediations: tuple[Remediation, ...]
    findings: tuple[Finding, ...]

    @property
    def violations(self) -> tuple[Finding, ...]:
        """The findings that stop a deployment."""
        return tuple(finding for finding in self.findings if finding.level == "mandatory")

    @property
    def advice(self) -> tuple[Finding, ...]:
        """The findings that do not stop a deployment."""
        return tuple(finding for finding in self.findings if finding.level != "mandatory")


@dataclass(frozen=True, kw_only=True)
class Examination:
    """A verdict with what it rests on: the rules, each with the resources that it judged."""

    verdict: Verdict
    rules: tuple[Rule, ...]


def analyzer_of(project: Project, stack: str) -> Analyzer:
    """The project's pack with the configuration of ``stack``; it is not started yet."""
    return Analyzer(project.policy_pack, project.name, stack, project.policy_configuration(stack))


def judge(analyzer: Analyzer, recording: Recording) -> Verdict:
    """Run the unmodified policy pack over every resource: remediations first, then the rules on the result.

    Raises:
        SandboxError: the pack does not start, or fails.
    """
    with analyzer:
        return _verdict(analyzer, recording)


def examine(analyzer: Analyzer, recording: Recording) -> Examination:
    """Judge, and list the rules with the resources that each of them judged.

    Raises:
        SandboxError: the pack does not start, fails, or is configured not to judge.
    """
    with analyzer:
        verdict = _verdict(analyzer, recording)
        rules = analyzer.catalogue(verdict.recording.resources)
    return Examination(verdict=verdict, rules=(*rules, *rules_outside(rules, verdict.findings)))


def _verdict(analyzer: Analyzer, recording: Recording) -> Verdict:
    remedied = analyzer.remediate(recording.resources)
    resources = tuple(
        replace(resource, inputs=made.inputs) if made.remediations else resource
        for resource, made in zip(recording.resources, remedied, strict=True)
    )
    findings = analyzer.analyze(resources)
    remediations = tuple(each for made in remedied for each in made.remediations)
    return Verdict(recording=replace(recording, resources=resources), remediations=remediations, findings=findings)
