"""The release strategies, of which a model has one."""

from typing import Annotated

from pydantic import Field

from settings.model.release.blue_green import BlueGreenRelease
from settings.model.release.header import HeaderRelease
from settings.model.release.mirror import MirrorRelease
from settings.model.release.progressive import ProgressiveRelease
from settings.model.release.weights import WeightsRelease

Release = Annotated[
    WeightsRelease | HeaderRelease | MirrorRelease | BlueGreenRelease | ProgressiveRelease,
    Field(discriminator="strategy"),
]
"""A release strategy and its keys, told apart by `strategy`."""
