"""Runs the program with a stack file and records its resources; no cluster needed."""

from dataclasses import dataclass

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


def run_program(project: Project, stack: str) -> ProgramRun:
    """Run the unmodified program with the configuration in the stack's file.

    Raises:
        SandboxError: the stack does not exist, or needs something that the sandbox does not support.
        settings.SettingsError: the configuration is invalid.
    """
    project.require_stack(stack)
    file = project.stack_file(stack)
    config = settings.read_stack_file(file)
    platform = settings.load(stack, config, settings.read_pins(settings.current_lock(), stack))
    if platform.images and platform.images.build:
        # Built images are referenced by digest, which only a build can provide.
        raise SandboxError(
            f"{file.name}: inference:platform.images.build: the sandbox does not build images",
            "deploy this stack with the pulumi command, or set images.tools to a prebuilt image",
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
