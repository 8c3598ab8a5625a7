"""A graph of the stack's models, which clients ask as one model."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from settings.graph.edge import Milliseconds
from settings.graph.signature import Signature
from settings.graph.size import RouterSize
from settings.graph.step import Step
from settings.graph.step_of_graph import StepOfGraph
from settings.graph.structure import at_once, structure_issues
from settings.model.triton import Tensor
from settings.validation.issues import Issue
from settings.validation.repeated import repeated
from settings.validation.section import Section
from settings.values.text import ModelName


class Graph(Section):
    """Models that answer a request together: in sequence, as an ensemble, by a switch or in a cascade."""

    name: ModelName
    """Name of the graph, in the cluster and in requests; different from those of the models."""
    entry: ModelName
    """Name of the step that a request begins with."""
    budget_milliseconds: Milliseconds
    """How long a whole answer may take: what is left of it is told to every model, and ends the request."""
    inputs: Annotated[tuple[Tensor, ...], Field(max_length=64)] = ()
    """Tensors of a request, with all dimensions; without them, what the entry gets is not checked."""
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=32)]
    """Steps, each reached from the entry."""
    signatures: Annotated[tuple[Signature, ...], Field(max_length=64)] = ()
    """Tensors of the models; required for models of TensorFlow Serving, which types none in its answers. Triton's
    are those of `triton` where it sets them."""
    router: RouterSize = RouterSize()
    """The pods that answer."""

    @property
    def by_name(self) -> Mapping[str, StepOfGraph]:
        """The steps by their names."""
        return {step.name: step for step in self.steps}

    @property
    def models(self) -> tuple[str, ...]:
        """Names of what edges lead to that is no step, each once."""
        steps = self.by_name
        ends = [end for step in self.steps for edge in step.ways.values() for end in (edge, edge.fallback) if end]
        return tuple(dict.fromkeys(end.to for end in ends if end.to not in steps))

    def issues(self) -> Iterator[Issue]:
        """Names are unique, every step is reached and none from itself, and the times add up."""
        for key, names in (
            ("steps", [step.name for step in self.steps]),
            ("signatures", [signature.model for signature in self.signatures]),
            ("inputs", [tensor.name for tensor in self.inputs]),
        ):
            for name, uses in repeated(names):
                yield Issue(path=(key,), found=f"'{name}', {uses} times", expected="each name once")
        found = [*structure_issues(self.entry, self.steps, self.budget_milliseconds)]
        yield from found or (issue.below("router") for issue in self.router.memory_issues(self._held_at_once))

    @property
    def _held_at_once(self) -> int:
        """Documents that a router holds of one request: the request, and answers of models."""
        return 1 + at_once(self.entry, self.by_name)
