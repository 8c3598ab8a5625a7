"""Images of ours, built and pushed where a stack says so."""

from components.image_builds.args import ImageBuildsArgs
from components.image_builds.component import ImageBuilds

__all__ = ["ImageBuilds", "ImageBuildsArgs"]
