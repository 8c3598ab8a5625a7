"""Whether a stack's sandbox has a real node beside the simulated ones, as it was last asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from inferencectl.sandbox.node import prerequisites
from inferencectl.sandbox.nodes import SIMULATED, Nodes, with_real_node
from inferencectl.workspace.errors import BAD_INPUT, SandboxError
from inferencectl.workspace.files import write_atomically
from inferencectl.workspace.project import Project

LIVE = "live"
"""The stack whose pods always run."""


class NodeKind(StrEnum):
    """`REAL`: one node runs pods, beside the simulated ones; `SIMULATED`: pods are Ready because kwok says so."""

    REAL = "real"
    SIMULATED = "simulated"


@dataclass(frozen=True, kw_only=True)
class StackNodes:
    """The nodes of one stack's sandbox."""

    project: Project
    stack: str

    def choose(self, wanted: NodeKind | None, progress: Callable[[str], None]) -> None:
        """Record which nodes the sandbox gets from now on; without a wish it keeps those that it has.

        A machine that cannot run a node keeps simulated ones, and `progress` is told why.

        Raises:
            SandboxError: the live stack, which is nothing without its pods, cannot run them; each missing thing with
                its remedy.
        """
        if self.stack == LIVE:
            if wanted is NodeKind.SIMULATED:
                raise SandboxError(
                    "the stack live always has a real node",
                    "use another stack with NODES=simulated",
                    exit_code=BAD_INPUT,
                )
            prerequisites.require(prerequisites.of_this_machine(self._directory))
        elif wanted is NodeKind.REAL:
            try:
                prerequisites.require(prerequisites.of_this_machine(self._directory))
            except SandboxError as error:
                progress(f"the pods stay simulated: {error}")
                wanted = NodeKind.SIMULATED
        if self.stack == LIVE or wanted is NodeKind.REAL:
            self._record.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._record, NodeKind.REAL)
        elif wanted is NodeKind.SIMULATED:
            self._record.unlink(missing_ok=True)

    @property
    def kind(self) -> NodeKind:
        """What was last chosen."""
        return NodeKind.REAL if self._record.exists() else NodeKind.SIMULATED

    def made(self, progress: Callable[[str], None]) -> Nodes:
        """The nodes, with what a real one is made of; raises what `with_real_node` raises."""
        return with_real_node(self._directory, progress) if self.kind is NodeKind.REAL else SIMULATED

    @property
    def _directory(self) -> Path:
        return self.project.cluster_directory(self.stack)

    @property
    def _record(self) -> Path:
        return self.project.sandbox_directory(self.stack) / "nodes"
