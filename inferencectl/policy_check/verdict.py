"""What the policy pack says about a recording: its remediations and its findings."""

from dataclasses import dataclass, replace

from inferencectl.policy_check.analyzer import Analyzer, Finding, Remediation
from inferencectl.policy_check.catalogue import Rule
from inferencectl.program.recording import Recording
from inferencectl.workspace.project import Project


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the policy pack says: the recording with its remediations, and what it found besides."""

    recording: Recording
    remediations: tuple[Remediation, ...]
    findings: tuple[Finding, ...]

    @property
    def violations(self) -> tuple[Finding, ...]:
        """The findings that forbid a deployment."""
        return tuple(finding for finding in self.findings if finding.level == "mandatory")

    @property
    def advice(self) -> tuple[Finding, ...]:
        """The findings that forbid nothing."""
        return tuple(finding for finding in self.findings if finding.level != "mandatory")


@dataclass(frozen=True, kw_only=True)
class Examination:
    """A verdict with what it rests on: the pack's rules, and which resources each of them judged."""

    verdict: Verdict
    rules: tuple[Rule, ...]


def judge(project: Project, recording: Recording) -> Verdict:
    """Ask the unmodified policy pack about every resource: it remediates first, and judges what it made.

    Raises:
        SandboxError: the pack does not start, or breaks down.
    """
    with _analyzer(project, recording) as analyzer:
        return _verdict(analyzer, recording)


def examine(project: Project, recording: Recording) -> Examination:
    """Judge, and have the pack tell its rules and which resources each of them judged.

    Raises:
        SandboxError: the pack does not start, breaks down, or is configured not to judge.
    """
    with _analyzer(project, recording) as analyzer:
        verdict = _verdict(analyzer, recording)
        return Examination(verdict=verdict, rules=analyzer.catalogue(verdict.recording.resources))


def _analyzer(project: Project, recording: Recording) -> Analyzer:
    stack = recording.stack
    return Analyzer(project.policy_pack, project.name, stack, project.policy_configuration(stack))


def _verdict(analyzer: Analyzer, recording: Recording) -> Verdict:
    remedied = analyzer.remediate(recording.resources)
    resources = tuple(
        replace(resource, inputs=made.inputs) if made.remediations else resource
        for resource, made in zip(recording.resources, remedied, strict=True)
    )
    findings = analyzer.analyze(resources)
    remediations = tuple(each for made in remedied for each in made.remediations)
    return Verdict(recording=replace(recording, resources=resources), remediations=remediations, findings=findings)
