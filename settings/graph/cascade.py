"""A step that asks a heavy model only where a light one is not sure."""

from typing import Annotated, Literal

from pydantic import Field, Strict

from settings.graph.edge import Edge
from settings.graph.step_of_graph import StepOfGraph
from settings.values.text import TensorName


class Cascade(StepOfGraph):
    """The light one's answer, where it is sure; otherwise the heavy one is asked, with what the light one was asked."""

    kind: Literal["cascade"] = "cascade"
    """What the step does."""
    light: Edge
    """Who is always asked."""
    heavy: Edge
    """Who is asked where the light one is not sure of a row."""
    confidence: TensorName
    """Tensor of numbers in the light one's answer; a row is as sure as its largest element, and a request as its least
    sure row."""
    threshold: Annotated[float, Strict(), Field(allow_inf_nan=False)]
    """Confidence from which on the light one's answer is enough."""

    @property
    def ways(self) -> dict[tuple[str | int, ...], Edge]:
        """See the base class."""
        return {("light",): self.light, ("heavy",): self.heavy}
