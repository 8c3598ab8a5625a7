"""A step that asks one of several, as the request says."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from settings.graph.edge import Edge
from settings.graph.step_of_graph import StepOfGraph
from settings.validation.issues import Issue
from settings.validation.repeated import repeated
from settings.values.text import TensorName, matching, named_text

_CaseValue = Annotated[str, matching(r"[ -~]{1,80}", "printable text of at most 80 characters"), named_text("text")]


class Case(Edge):
    """A value, and who is asked where it is found."""

    equals: _CaseValue
    """The value as text; numbers, `true` and `false` as JSON writes them."""


class Switch(StepOfGraph):
    """One is asked: whose case has the value of a parameter of the request, or of a tensor with one element."""

    kind: Literal["switch"] = "switch"
    """What the step does."""
    parameter: TensorName | None = None
    """Key among the `parameters` of the request; either this or `tensor`."""
    tensor: TensorName | None = None
    """Tensor that reaches the step, of one element: one of the request, or what the step before predicted."""
    cases: Annotated[tuple[Case, ...], Field(min_length=1, max_length=16)]
    """Values, and who is asked."""
    default: Edge | None = None
    """Who is asked where there is no value, or no case for it; without it, such a request is refused."""

    @property
    def ways(self) -> dict[tuple[str | int, ...], Edge]:
        """See the base class."""
        ways: dict[tuple[str | int, ...], Edge] = {("cases", index): case for index, case in enumerate(self.cases)}
        return {**ways, ("default",): self.default} if self.default else ways

    def issues(self) -> Iterator[Issue]:
        """One thing decides, and each value once."""
        if (self.parameter is None) == (self.tensor is None):
            yield Issue(
                path=("parameter",),
                found="neither parameter nor tensor" if self.tensor is None else "parameter and tensor",
                expected="one of them, which decides",
            )
        for value, uses in repeated(case.equals for case in self.cases):
            yield Issue(path=("cases",), found=f"'{value}', {uses} times", expected="each value once")
