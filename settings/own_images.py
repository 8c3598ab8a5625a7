"""Images that are built from `model_images/`."""

from settings.section import Section
from settings.text import ImageReference


class OwnImages(Section):
    """Images of ours, which no public registry has."""

    tools: ImageReference | None = None
    """Prebuilt image that fetches and verifies models, made from `model_images/tools`; without it rclone's, which
    cannot verify signatures."""
