"""Which engine deploys a stack: Pulumi if it is installed, otherwise the sandbox deployer."""

from enum import StrEnum
from pathlib import Path

from inferencectl.pulumi.executable import find_pulumi
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.files import write_atomically


class DeploymentEngine(StrEnum):
    """A program that deploys a stack to its cluster."""

    PULUMI = "pulumi"
    DEPLOYER = "deployer"


def choose_engine(directory: Path, wanted: DeploymentEngine | None) -> DeploymentEngine:
    """The engine that deployed the stack in ``directory``; for a new stack the wanted engine, or Pulumi if installed.

    Raises:
        SandboxError: the stack was deployed by the other engine, or Pulumi is not installed.
    """
    before = owner(directory)
    if wanted and before and wanted is not before:
        raise SandboxError(
            f"this sandbox was deployed with the {before} engine; {wanted} does not know its objects",
            f"use --engine {before}, or start over with: make down",
            exit_code=BAD_INPUT,
        )
    engine = before or wanted or (DeploymentEngine.PULUMI if find_pulumi() else DeploymentEngine.DEPLOYER)
    if engine is DeploymentEngine.PULUMI and not find_pulumi():
        raise SandboxError(
            "this sandbox needs pulumi, which is not on the PATH",
            "install Pulumi, or start over with the sandbox deployer: make down",
            exit_code=BAD_INPUT,
        )
    return engine


def record_engine(directory: Path, engine: DeploymentEngine) -> None:
    """Record that ``engine`` deploys the stack in ``directory`` from now on."""
    if owner(directory) is not engine:
        directory.mkdir(parents=True, exist_ok=True)
        write_atomically(directory / "engine", engine.value)


def has_deployed(directory: Path) -> bool:
    """Whether the stack in ``directory`` has ever been deployed."""
    return owner(directory) is not None


def owner(directory: Path) -> DeploymentEngine | None:
    """The engine that has deployed the stack in ``directory``; None if none has."""
    file = directory / "engine"
    return DeploymentEngine(file.read_text(encoding="utf-8")) if file.exists() else None
