"""The platform's own images, built and pushed if a stack asks for it."""

from components.image_builds.args import ImageBuildsArgs
from components.image_builds.component import ImageBuilds

__all__ = ["ImageBuilds", "ImageBuildsArgs"]
