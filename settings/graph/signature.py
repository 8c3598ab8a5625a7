"""The tensors of a model, for graphs that ask it."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from settings.model.triton import Tensor
from settings.validation.issues import Issue
from settings.validation.repeated import repeated
from settings.validation.section import Section
from settings.values.text import ModelName


class Signature(Section):
    """What a model is asked and answers, with all dimensions."""

    model: ModelName
    """Name of the model."""
    inputs: Annotated[tuple[Tensor, ...], Field(max_length=64)] = ()
    """Inputs; without them, what edges pass to the model is not checked."""
    outputs: Annotated[tuple[Tensor, ...], Field(min_length=1, max_length=64)]
    """Outputs that the graph uses."""

    def issues(self) -> Iterator[Issue]:
        """Each tensor once."""
        for key, tensors in (("inputs", self.inputs), ("outputs", self.outputs)):
            for name, uses in repeated(tensor.name for tensor in tensors):
                yield Issue(path=(key,), found=f"'{name}', {uses} times", expected="each tensor once")
