"""Images on the nodes before a model needs them."""

from components.image_prepull.args import ImagePrepullArgs
from components.image_prepull.component import ImagePrepull

__all__ = ["ImagePrepull", "ImagePrepullArgs"]
