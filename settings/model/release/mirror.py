"""The strategy `mirror`: the candidate gets copies of requests, and nobody gets its answers."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from settings.model.release.candidate import CandidateStrategy
from settings.model.release.strategy import Share, split_told
from settings.validation.section import WholeNumber


class MirrorRelease(CandidateStrategy):
    """The candidate gets copies of requests, and its answers are thrown away."""

    strategy: Literal["mirror"] = "mirror"
    """How clients get to the versions."""
    percent: Annotated[WholeNumber, Field(ge=1, le=100)]
    """Share of the requests that the candidate gets a copy of; its pods have that load."""

    def told(self, versions: Sequence[Share]) -> str:
        """What clients get, and what the candidate."""
        mirrored = f"{self.percent} % of the requests are mirrored to version {self.candidate}"
        return f"{split_told(versions)}; {mirrored}"
