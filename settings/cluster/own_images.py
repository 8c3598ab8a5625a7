"""Images that are built from `model_images/`."""

from collections.abc import Iterator

from settings.architecture import Architecture, Architectures
from settings.validation.issues import Issue
from settings.validation.section import Section
from settings.values.text import ImageReference, ImageRegistry, ImageTag


class ImageBuild(Section):
    """Pulumi builds the images that the stack uses with the local container engine, and pushes them."""

    registry: ImageRegistry
    """Registry, or a repository in it, to push them to under the name of their folder. Log in to it first."""
    tag: ImageTag
    """Tag to push them with; pods refer to them by digest. Each release needs a new tag if the registry deletes
    untagged images."""


class OwnImages(Section):
    """Images of your own: those built from `model_images/`, and copies of public ones."""

    tools: ImageReference | None = None
    """Prebuilt image that fetches and verifies models, built from `model_images/tools`. Without it and without `build`,
    rclone's image is used, which cannot verify signatures."""
    pause: ImageReference | None = None
    """Image that does nothing, for placeholder pods and for pods that only pull images; Kubernetes' own if not set."""
    architectures: Architectures = (Architecture.AMD64,)
    """Architectures that all of these images are built for; pods run on no other nodes."""
    build: ImageBuild | None = None
    """Builds the tools, and the server of every model without an `image`; without it, nothing is built."""

    @property
    def has_tools(self) -> bool:
        """Whether the image that verifies signatures exists or is built."""
        return bool(self.tools or self.build)

    def issues(self) -> Iterator[Issue]:
        """Check that an image is either prebuilt or built."""
        if self.tools and self.build:
            yield Issue(
                path=("tools",),
                found="set, but build also makes this image",
                expected="either a prebuilt image or build",
            )
        if self.build and "architectures" in self.model_fields_set:
            yield Issue(
                path=("architectures",),
                found=f"has no effect with build, which makes images for {Architecture.AMD64}",
                expected="no architectures, or prebuilt images",
            )
