"""From a stack file to what the program registers, judged by the policy pack: all that needs no cluster."""

from dataclasses import dataclass, replace

import settings
from sandbox.analyzer import Analyzer, Finding, Remediation
from sandbox.catalogue import Rule
from sandbox.errors import BAD_INPUT, SandboxError
from sandbox.project import Project
from sandbox.random_values import RandomValues
from sandbox.recording import Recording, record_program


@dataclass(frozen=True, kw_only=True)
class ProgramRun:
    """The settings of a stack, and what the program made of them."""

    platform: settings.Platform
    recording: Recording


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


def run_program(project: Project, stack: str) -> ProgramRun:
    """Run the unmodified program with the configuration in the stack's file.

    Raises:
        SandboxError: there is no such stack, or it wants what the sandbox cannot.
        settings.SettingsError: the configuration cannot be used.
    """
    project.require_stack(stack)
    file = project.stack_file(stack)
    config = settings.read_stack_file(file)
    platform = settings.load(stack, config, settings.read_pins(settings.current_lock(), stack))
    if platform.images and platform.images.build:
        # What it builds is named by a digest that only a build has, and none is invented.
        raise SandboxError(
            f"{file.name}: inference:platform.images.build: the sandbox builds no images",
            "deploy this stack with the pulumi command, or name a prebuilt image in images.tools",
            exit_code=BAD_INPUT,
        )
    recording = record_program(
        project.program,
        project=project.name,
        stack=stack,
        config=config,
        random_values=RandomValues(project.sandbox_directory(stack) / "random.json"),
    )
    return ProgramRun(platform=platform, recording=recording)


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
