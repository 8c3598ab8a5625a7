"""The arguments of image pre-pulling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from settings import GpuPool, Vendor


@dataclass(frozen=True, kw_only=True)
class ImagePrepullArgs:
    """``images`` are pulled on nodes with a vendor's accelerators, or, for ``None``, on nodes without any.

    The nodes are those of the vendor's ``pools``, or, where it has none, all that its feature discovery has found.
    ``pause_image`` is what keeps a pod, and so its node's copy of the images, in place.
    """

    namespace: pulumi.Input[str]
    images: Mapping[Vendor | None, Sequence[pulumi.Input[str]]]
    pause_image: pulumi.Input[str]
    pools: Sequence[GpuPool] = ()
