"""The strategy `header`: requests that ask for the candidate by a header get it."""

from collections.abc import Sequence
from typing import Literal

from settings.model.release.candidate import CandidateStrategy
from settings.model.release.http_names import HeaderName, HeaderValue
from settings.model.release.strategy import Share, split_told
from settings.model.version import Version
from settings.validation.section import Section


class Header(Section):
    """A header of a request, or an entry of the metadata of a gRPC call."""

    name: HeaderName
    """Name of the header; upper and lower case are the same."""
    value: HeaderValue
    """Value of the header, which has to be exactly this."""

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


class HeaderRelease(CandidateStrategy):
    """Requests with the header go to the candidate, the others by the weights."""

    strategy: Literal["header"] = "header"
    """How clients get to the versions."""
    header: Header
    """Header with which a request asks for the candidate."""

    def route_rules(self, versions: Sequence[Version]) -> int:
        """One for those with the header, and one for the others."""
        return 1 + super().route_rules(versions)

    def told(self, versions: Sequence[Share]) -> str:
        """The shares, and who gets the candidate."""
        return f"{split_told(versions)}; those with {self.header} go to version {self.candidate} instead"
