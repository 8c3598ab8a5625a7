"""Which of the two engines deploys a stack: Pulumi where it is installed, the sandbox's deployer where it is not."""

from enum import StrEnum
from pathlib import Path

from inferencectl.pulumi.engine import find_pulumi
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.files import write_atomically


class DeploymentEngine(StrEnum):
    """What brings a stack into its cluster."""

    PULUMI = "pulumi"
    DEPLOYER = "deployer"


def choose_engine(directory: Path, wanted: DeploymentEngine | None) -> DeploymentEngine:
    """The engine that deployed the stack in the sandbox ``directory``; for a new one the wanted, or the best there is.

    Raises:
        SandboxError: the stack belongs to the other engine, whose state the wanted one does not know.
    """
    owner = _owner(directory)
    if wanted and owner and wanted is not owner:
        raise SandboxError(
            f"this sandbox was deployed by the engine {owner}; {wanted} knows nothing of its objects",
            f"go on with --engine {owner}, or begin anew after: make down",
            exit_code=BAD_INPUT,
        )
    engine = owner or wanted or (DeploymentEngine.PULUMI if find_pulumi() else DeploymentEngine.DEPLOYER)
    if engine is DeploymentEngine.PULUMI and not find_pulumi():
        raise SandboxError(
            "the engine is pulumi, and there is no pulumi on the PATH",
            "install Pulumi, or begin anew with the sandbox's deployer after: make down",
            exit_code=BAD_INPUT,
        )
    return engine


def record_engine(directory: Path, engine: DeploymentEngine) -> None:
    """Note that the stack in the sandbox ``directory`` belongs to ``engine`` from now on."""
    if _owner(directory) is not engine:
        directory.mkdir(parents=True, exist_ok=True)
        write_atomically(directory / "engine", engine.value)


def has_deployed(directory: Path) -> bool:
    """Whether an engine has been at work on the stack in the sandbox ``directory``."""
    return _owner(directory) is not None


def _owner(directory: Path) -> DeploymentEngine | None:
    file = directory / "engine"
    return DeploymentEngine(file.read_text(encoding="utf-8")) if file.exists() else None
