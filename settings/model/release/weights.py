"""The strategy `weights`: each version gets its share of the requests."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from settings.model.exposure import Exposure
from settings.model.release.http_names import CookieName, HeaderName
from settings.model.release.strategy import ReleaseStrategy, Share, split_told
from settings.model.rollout import Strategy
from settings.model.version import Version
from settings.validation.issues import MISSING, Issue
from settings.validation.section import Section


class Sticky(Section):
    """By what a client stays with the version that answered it first; one of the keys."""

    cookie: CookieName | None = None
    """Cookie that the first answer sets and that browsers send back, for a day."""
    header: HeaderName | None = None
    """Header of each answer with the number of the version, which a client sends back to stay with it."""

    def issues(self) -> Iterator[Issue]:
        """Either a cookie or a header."""
        if self.cookie is None and self.header is None:
            yield Issue(path=(), found=MISSING, expected="cookie or header", hint="such as {cookie: release}")
        if self.cookie is not None and self.header is not None:
            yield Issue(path=(), found="cookie and header", expected="one of them")

    def __str__(self) -> str:
        return f"the cookie {self.cookie}" if self.cookie else f"the header {self.header}"


class WeightsRelease(ReleaseStrategy):
    """Each version gets the share of the requests that its weight says."""

    needs_gateway: ClassVar[bool] = False
    runs_several: ClassVar[bool] = False
    keeps_all_ready: ClassVar[bool] = False
    leads_past_weights: ClassVar[bool] = False

    strategy: Literal["weights"] = "weights"
    """How clients get to the versions."""
    sticky: Sticky | None = None
    """Keep each client with one version; without it, every request is drawn anew."""

    def model_issues(self, versions: Sequence[Version], exposure: Exposure, rollout: Strategy) -> Iterator[Issue]:
        """In addition, clients are told apart at a gateway only."""
        yield from super().model_issues(versions, exposure, rollout)
        if self.sticky and exposure is not Exposure.GATEWAY:
            yield Issue(
                path=("release", "sticky"),
                found=f"has no effect with exposure {exposure}",
                expected="no sticky, or exposure gateway, whose route tells clients apart",
            )

    def version_issues(self, versions: Sequence[Version]) -> Iterator[Issue]:
        """There are several versions to stay with."""
        if self.sticky and len(versions) == 1:
            yield Issue(
                path=("release", "sticky"), found="has no effect with one version", expected="several versions, or none"
            )

    def route_rules(self, versions: Sequence[Version]) -> int:
        """One more for the clients of each version that has a share, if they stay with it."""
        stuck = sum(1 for version in versions if version.share_percent) if self.sticky else 0
        return stuck + super().route_rules(versions)

    def told(self, versions: Sequence[Share]) -> str:
        """The shares, and by what clients stay."""
        stays = f"; a client stays with its version by {self.sticky}" if self.sticky else ""
        return f"{split_told(versions)}{stays}"
