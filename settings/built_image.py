"""What is built from a folder of `model_images/`, and the name that it is pushed by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from settings.cluster.own_images import ImageBuild
from versions import BUILT_FOR_DEVICES

TOOLS = "tools"


@dataclass(frozen=True, kw_only=True)
class BuiltImage:
    """One image: its folder, what tells it from others of that folder, and where it is pushed to.

    ``arguments`` are those of the build. The bases are none of them: they are the defaults of the Dockerfiles.
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
        """What it is called until its digest is known."""
        return f"{self.repository}:{self.tag}"
