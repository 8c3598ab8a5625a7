"""A step that asks one after the other."""

from typing import Annotated, Literal

from pydantic import Field

from settings.graph.edge import Edge
from settings.graph.step_of_graph import StepOfGraph


class Sequence(StepOfGraph):
    """What one answers is what the next is asked; the last one's answer is the step's."""

    kind: Literal["sequence"] = "sequence"
    """What the step does."""
    edges: Annotated[tuple[Edge, ...], Field(min_length=1, max_length=16)]
    """Who is asked, in this order."""

    @property
    def ways(self) -> dict[tuple[str | int, ...], Edge]:
        """See the base class."""
        return {("edges", index): edge for index, edge in enumerate(self.edges)}
