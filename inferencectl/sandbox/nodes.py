"""Which nodes a sandbox has: simulated ones always, and beside them a real one where it is asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from inferencectl.sandbox.node import prerequisites
from inferencectl.sandbox.node.kernel_features import of_the_kernel
from inferencectl.sandbox.node.parts import NodeParts, ensure_parts


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """`real` is what the real node is made of; None for a sandbox whose pods are all simulated."""

    real: NodeParts | None = None


SIMULATED = Nodes()


def with_real_node(directory: Path, progress: Callable[[str], None]) -> Nodes:
    """Returns nodes with a real one for the sandbox in `directory`, making what it is made of if that is not cached.

    Raises:
        SandboxError: the machine lacks something that a node needs, each with its remedy, before anything is made; or
            what `ensure_parts` raises.
    """
    prerequisites.require(prerequisites.of_this_machine(directory))
    parts = ensure_parts(progress)
    prerequisites.require(of_the_kernel(parts.root))
    return Nodes(real=parts)
