"""A way from a step of a graph to a model or to another step."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from settings.validation.issues import Issue
from settings.validation.section import Section, WholeNumber, nothing
from settings.values.text import ModelName, TensorName

RETRY_PAUSE_MILLISECONDS = 25
"""Between two attempts of the router."""
Milliseconds = Annotated[WholeNumber, Field(ge=1, le=600_000)]


class Target(Section):
    """Who is asked, and with which tensors."""

    to: ModelName
    """Name of a step of the graph, or of a model of the stack."""
    inputs: Mapping[TensorName, TensorName] = Field(default_factory=nothing)
    """Tensors that are passed on: what each is called there, and what it is called here. Without it, all are, under
    their own names."""
    timeout_milliseconds: Milliseconds | None = None
    """How long each attempt at a model may take; required for a model, and not set for a step, whose models have their
    own."""

    @property
    def most_milliseconds(self) -> int:
        """How long a model may take, with everything that is tried."""
        return self.timeout_milliseconds or 0


class Edge(Target):
    """A way to a model or to another step, and what is done where it fails."""

    retries: Annotated[WholeNumber, Field(ge=0, le=5)] = 0
    """Further attempts at a model that has not taken the request: it refused the connection, or answered 503. What it
    has taken is never asked again."""
    fallback: Target | None = None
    """Asked with the same tensors where nobody is there, nobody answers in time, or the answer cannot be used."""

    @property
    def most_milliseconds(self) -> int:
        """See the base class; that of the fallback is not in it."""
        return super().most_milliseconds * (self.retries + 1) + RETRY_PAUSE_MILLISECONDS * self.retries

    def issues(self) -> Iterator[Issue]:
        """A fallback is somebody else."""
        if self.fallback and self.fallback.to == self.to:
            yield Issue(
                path=("fallback", "to"),
                found=f"'{self.to}', which has just failed",
                expected="another step or model, or no fallback",
                hint="retries ask the same model again",
            )
