"""The arguments of the building of images."""

from dataclasses import dataclass

from settings import Images


@dataclass(frozen=True, kw_only=True)
class ImageBuildsArgs:
    """All images of a stack: those among its ``builds`` are built."""

    images: Images[str]
