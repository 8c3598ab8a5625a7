"""The strategy `blue-green`: all clients change at once, by one object."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from settings.model.release.strategy import ReleaseStrategy, Share, split_told
from settings.validation.words import listed


class BlueGreenRelease(ReleaseStrategy):
    """The version of weight 100 gets all requests; another one is ready to take over."""

    splits: ClassVar[bool] = False
    needs_gateway: ClassVar[bool] = False
    leads_past_weights: ClassVar[bool] = False

    strategy: Literal["blue-green"] = "blue-green"
    """How clients get to the versions."""

    def told(self, versions: Sequence[Share]) -> str:
        """Which version has the requests, and which could."""
        ready = [version.version for version in versions if not version.share_percent]
        return f"{split_told(versions)}{f'; version {listed(ready)} is ready to take over' if ready else ''}"
