"""What every step of a graph has in common."""

from collections.abc import Mapping

from settings.graph.edge import Edge
from settings.validation.section import Section
from settings.values.text import ModelName


class StepOfGraph(Section):
    """A member adds its `kind`, a literal, and its edges."""

    name: ModelName
    """Name of the step, which edges lead to; different from those of the stack's models."""

    @property
    def ways(self) -> Mapping[tuple[str | int, ...], Edge]:
        """The edges by their path below the step."""
        raise NotImplementedError
