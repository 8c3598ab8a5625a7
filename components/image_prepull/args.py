"""The arguments of image pre-pulling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import pulumi

from settings import Architecture, GpuPool, Images, Mesh, Platform, Vendor


@dataclass(frozen=True, kw_only=True)
class ImagePrepullArgs:
    """``images`` are pulled on nodes with a vendor's accelerators, or, for ``None``, on nodes without any.

    The nodes are those of the vendor's ``pools``, or, where it has none, all that its feature discovery has found.
    ``architectures`` are those that all images of a vendor are built for; where there are none, nothing is pulled.
    ``pause_image`` is what keeps a pod, and so its node's copy of the images, in place. Its pods stay
    outside the ``mesh``. ``pull_secrets`` are existing Secrets of the namespace with credentials of registries.
    """

    namespace: pulumi.Input[str]
    images: Mapping[Vendor | None, Sequence[pulumi.Input[str]]]
    pause_image: pulumi.Input[str]
    architectures: Mapping[Vendor | None, Sequence[Architecture]]
    pools: Sequence[GpuPool] = ()
    mesh: Mesh = field(default_factory=Mesh)
    pull_secrets: Sequence[str] = ()

    @classmethod
    def of(cls, platform: Platform, images: Images[Any], namespace: pulumi.Input[str]) -> Self:
        """What the nodes of ``platform`` pull."""
        return cls(
            namespace=namespace,
            images=images.by_vendor,
            pause_image=images.pause,
            architectures=images.architectures,
            pools=platform.pools,
            mesh=platform.mesh,
            pull_secrets=images.pull_secrets,
        )
