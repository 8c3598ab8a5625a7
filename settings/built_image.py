"""An image built from a folder of `model_images/`, and the name it is pushed under."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from settings.cluster.own_images import ImageBuild
from versions import BUILT_FOR_DEVICES

TOOLS, SAMPLER, ROUTER = "tools", "sampler", "router"


@dataclass(frozen=True, kw_only=True)
class BuiltImage:
    """One image: its folder, the variant that is built from it, and where it is pushed.

    ``arguments`` are the build arguments. Base images are not among them: they are defaults of the Dockerfiles.
    """

    name: str
    folder: str
    repository: str
    tag: str
    arguments: Mapping[str, str]

    @classmethod
    def of(cls, build: ImageBuild, folder: str, gpus: int = 0) -> Self:
        """The image of ``folder`` for pods with that many GPUs."""
        version = {"VERSION": build.tag}
        image = cls(
            name=folder,
            folder=folder,
            repository=f"{build.registry}/{folder}",
            tag=build.tag,
            arguments=version,
        )
        if folder not in BUILT_FOR_DEVICES:
            return image
        device = "gpu" if gpus else "cpu"
        return cls(
            name=f"{folder}-{device}",
            folder=folder,
            repository=image.repository,
            tag=f"{build.tag}-{device}",
            arguments={**version, "BUILD": device},
        )

    @property
    def reference(self) -> str:
        """The reference that is used until the digest is known."""
        return f"{self.repository}:{self.tag}"
