"""A step that asks several at the same time."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from settings.graph.edge import Edge
from settings.graph.step_of_graph import StepOfGraph
from settings.validation.issues import Issue
from settings.validation.repeated import repeated


class Join(StrEnum):
    """How the answers of several become one."""

    MEAN = "mean"
    VOTE = "vote"
    ALL = "all"


class Ensemble(StepOfGraph):
    """Several are asked the same at the same time, and their answers are joined; all of them have to answer."""

    kind: Literal["ensemble"] = "ensemble"
    """What the step does."""
    edges: Annotated[tuple[Edge, ...], Field(min_length=2, max_length=8)]
    """Who is asked."""
    join: Join
    """`mean` of numbers, element by element; `vote`, element by element what most say, and of several that which the
    first of them says; `all`, every tensor, called `<to>.<tensor>`."""

    @property
    def ways(self) -> dict[tuple[str | int, ...], Edge]:
        """See the base class."""
        return {("edges", index): edge for index, edge in enumerate(self.edges)}

    def issues(self) -> Iterator[Issue]:
        """Each member once: its name is part of the answer."""
        for name, uses in repeated(edge.to for edge in self.edges):
            yield Issue(path=("edges",), found=f"'{name}', {uses} times", expected="each step or model once")
