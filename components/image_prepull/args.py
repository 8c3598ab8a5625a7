"""The arguments of image pre-pulling."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class ImagePrepullArgs:
    """``cpu_images`` are pulled on nodes without a GPU and ``gpu_images`` on those with; either may be empty.

    ``pause_image`` is what keeps a pod, and so its node's copy of the images, in place.
    """

    namespace: pulumi.Input[str]
    cpu_images: Sequence[pulumi.Input[str]]
    gpu_images: Sequence[pulumi.Input[str]]
    pause_image: pulumi.Input[str]
