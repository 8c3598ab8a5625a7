"""The arguments of image builds."""

from dataclasses import dataclass

from settings import Images


@dataclass(frozen=True, kw_only=True)
class ImageBuildsArgs:
    """All images of a stack, of which ``images.builds`` are built."""

    images: Images[str]
