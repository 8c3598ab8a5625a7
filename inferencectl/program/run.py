"""From a stack file to what the program registers; needs no cluster."""

from dataclasses import dataclass

import settings
from inferencectl.program.random_values import RandomValues
from inferencectl.program.recording import Recording, record_program
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.project import Project


@dataclass(frozen=True, kw_only=True)
class ProgramRun:
    """The settings of a stack, and what the program made of them."""

    platform: settings.Platform
    recording: Recording


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
