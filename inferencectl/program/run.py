"""Runs the program with a stack file and records its resources; no cluster needed."""

from dataclasses import dataclass
from pathlib import Path

import settings
from inferencectl.program.random_values import RandomValues
from inferencectl.program.recording import Recording, record_program
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.project import Project


@dataclass(frozen=True, kw_only=True)
class ProgramRun:
    """The settings of a stack, and the recording of the program with them."""

    platform: settings.Platform
    recording: Recording


def platform_of(project: Project, stack: str) -> settings.Platform:
    """The settings of a stack, without a run of the program.

    Raises:
        SandboxError: the stack does not exist.
        settings.SettingsError: the configuration is invalid.
    """
    return _load(project, stack)[0]


def _load(project: Project, stack: str, file: Path | None = None) -> tuple[settings.Platform, dict[str, str]]:
    project.require_stack(stack)
    config = settings.read_stack_file(file or project.stack_file(stack))
    return settings.load(stack, config, settings.read_pins(settings.current_lock(), stack)), config


def run_program(project: Project, stack: str, file: Path | None = None) -> ProgramRun:
    """Run the unmodified program with the configuration in the stack's file, or in another ``file`` for that stack.

    Raises:
        SandboxError: the stack does not exist, or needs something that the sandbox does not support.
        settings.SettingsError: the configuration is invalid.
    """
    platform, config = _load(project, stack, file)
    if platform.images and platform.images.build:
        # Built images are referenced by digest, which only a build can provide.
        raise SandboxError(
            f"{project.stack_file(stack).name}: inference:platform.images.build: the sandbox does not build images",
            "deploy this stack with the pulumi command, or set images.tools to a prebuilt image",
            exit_code=BAD_INPUT,
        )
    recording = record_program(
        project.program,
        project=project.name,
        stack=stack,
        config=config,
        random_values=RandomValues(project.random_values(stack)),
    )
    return ProgramRun(platform=platform, recording=recording)
