"""Images that are built from `model_images/`."""

from collections.abc import Iterator

from settings.validation.issues import Issue
from settings.validation.section import Section
from settings.values.text import ImageReference, ImageRegistry, ImageTag


class ImageBuild(Section):
    """Pulumi builds those that the stack uses, with the container engine of whoever deploys, and pushes them."""

    registry: ImageRegistry
    """Registry, or a repository in it, that they are pushed to by the name of their folder. Log in to it first."""
    tag: ImageTag
    """Tag that they are pushed by; pods name them by digest. Each release needs a new one where a registry deletes
    untagged images."""


class OwnImages(Section):
    """Images of ours, which no public registry has."""

    tools: ImageReference | None = None
    """Prebuilt image that fetches and verifies models, made from `model_images/tools`; without it, and without
    `build`, rclone's, which cannot verify signatures."""
    build: ImageBuild | None = None
    """Builds the tools, and the server of every model without an `image` of its own; without it nothing is built."""

    @property
    def has_tools(self) -> bool:
        """Whether the image that verifies is there, or will be."""
        return bool(self.tools or self.build)

    def issues(self) -> Iterator[Issue]:
        """An image is either prebuilt or built."""
        if self.tools and self.build:
            yield Issue(
                path=("tools",),
                found="set, but build makes this image as well",
                expected="either a prebuilt image or build",
            )
