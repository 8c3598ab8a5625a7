"""Where a stack's images come from: built from `model_images/`, prebuilt, or a copy of a public registry."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field

from settings.architecture import Architecture, Architectures
from settings.validation.issues import Issue, refuse
from settings.validation.repeated import repeated
from settings.validation.section import Section
from settings.validation.words import did_you_mean, listed
from settings.values.text import DnsSubdomain, ImageReference, ImageRegistry, ImageTag
from versions import UPSTREAM_REGISTRIES


def _upstream(registry: str) -> str:
    if registry not in UPSTREAM_REGISTRIES:
        expected = f"a registry that the platform takes images from: {listed(UPSTREAM_REGISTRIES)}"
        refuse(expected, did_you_mean(registry, UPSTREAM_REGISTRIES))
    return registry


def _different(names: tuple[str, ...]) -> tuple[str, ...]:
    if any(repeated(names)):
        refuse("each Secret once")
    return names


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
    sampler: ImageReference | None = None
    """Prebuilt image that samples models, built from `model_images/sampler`; required, or `build`, if a model has
    `sampling`."""
    router: ImageReference | None = None
    """Prebuilt image that answers with graphs, built from `model_images/router`; required, or `build`, if the stack has
    `graphs`."""
    pause: ImageReference | None = None
    """Image that does nothing, for placeholder pods and for pods that only pull images; Kubernetes' own if not set."""
    mirrors: Mapping[Annotated[str, AfterValidator(_upstream)], ImageRegistry] = Field(
        default_factory=lambda: MappingProxyType({})
    )
    """Copies of public registries, from which the images are pulled that the platform chooses, by the same digests:
    with `docker.io: registry.example/hub`, `docker.io/rclone/rclone` is `registry.example/hub/rclone/rclone`. Images
    that the stack file names are pulled from where it says, and a chart's from where its values say."""
    pull_secrets: Annotated[tuple[DnsSubdomain, ...], AfterValidator(_different)] = ()
    """Names of Secrets of type `kubernetes.io/dockerconfigjson` with which pods pull their images. Each has to be in
    every namespace where the stack starts pods: `namespace`, and those of `gpuSoftware`, `mesh.installation`,
    `monitoring.installation` and a gateway of the stack's own."""
    architectures: Architectures = (Architecture.AMD64,)
    """Architectures that all of these images are built for; pods run on no other nodes."""
    build: ImageBuild | None = None
    """Builds the tools, the sampler if a model has `sampling`, the router if there are `graphs`, and the server of
    every model without an `image`; without it, nothing is built."""

    @property
    def has_tools(self) -> bool:
        """Whether the image that verifies signatures exists or is built."""
        return bool(self.tools or self.build)

    @property
    def has_sampler(self) -> bool:
        """Whether the image that samples models exists or is built."""
        return bool(self.sampler or self.build)

    @property
    def has_router(self) -> bool:
        """Whether the image that answers with graphs exists or is built."""
        return bool(self.router or self.build)

    def mirrored(self, reference: str) -> str:
        """An image of a public registry, where it is pulled from."""
        registry, _, rest = reference.partition("/")
        return f"{self.mirrors[registry]}/{rest}" if registry in self.mirrors else reference

    def issues(self) -> Iterator[Issue]:
        """Check that an image is either prebuilt or built."""
        for key, prebuilt in (("tools", self.tools), ("sampler", self.sampler), ("router", self.router)):
            if prebuilt and self.build:
                yield Issue(
                    path=(key,),
                    found="set, but build also makes this image",
                    expected="either a prebuilt image or build",
                )
        if self.build and "architectures" in self.model_fields_set:
            yield Issue(
                path=("architectures",),
                found=f"has no effect with build, which makes images for {Architecture.AMD64}",
                expected="no architectures, or prebuilt images",
            )
