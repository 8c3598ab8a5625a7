"""What the strategies have in common that try one version beside those that answer."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from settings.model.release.strategy import ReleaseStrategy
from settings.model.version import Version
from settings.validation.issues import Issue
from settings.validation.section import WholeNumber
from settings.validation.words import did_you_mean, listed

Candidate = Annotated[WholeNumber, Field(ge=1, le=2**63 - 1)]


class CandidateStrategy(ReleaseStrategy):
    """A strategy with a candidate: a version that gets no share of the requests by its weight."""

    candidate: Candidate
    """Number of the version to try; its weight is 0."""

    def version_issues(self, versions: Sequence[Version]) -> Iterator[Issue]:
        """The candidate is among the versions, and its weight is 0."""
        yield from candidate_issues(self.candidate, versions)


def candidate_issues(candidate: int, versions: Sequence[Version]) -> Iterator[Issue]:
    """A candidate is among the versions, and its weight is 0; paths below the model."""
    numbers = [version.version for version in versions]
    if candidate not in numbers:
        yield Issue(
            path=("release", "candidate"),
            found=f"{candidate}, which is not among the versions",
            expected=f"the number of a version: {listed(numbers)}",
            hint=did_you_mean(str(candidate), map(str, numbers)),
        )
    for index, version in enumerate(versions):
        if version.version == candidate and version.share_percent:
            yield Issue(
                path=("versions", index, "weight"),
                found=f"{version.share_percent} for the candidate",
                expected="0, because the strategy decides which requests a candidate gets",
                hint="give its share to the other versions",
            )
