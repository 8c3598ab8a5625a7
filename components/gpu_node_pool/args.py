"""The arguments of a pool of nodes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import pulumi

from components.arguments import refuse_arguments
from settings import MISSING, Architecture, GpuPool, Images, Issue, Mesh, pause_image, read_lock


@dataclass(frozen=True, kw_only=True)
class GpuNodePoolArgs:
    """The pool, and where its spare pods run: ``namespace``, which exists already and is needed for them only.

    ``pause_image`` is what they run, built for ``pause_architectures``; without it, the image of ``versions.py``.
    They stay outside the ``mesh``. ``pull_secrets`` are existing Secrets of the namespace with credentials of
    registries.

    Raises:
        SettingsError: the pool has spare pods and no namespace for them.
    """

    pool: GpuPool
    namespace: pulumi.Input[str] | None = None
    pause_image: pulumi.Input[str] | None = None
    pause_architectures: Sequence[Architecture] = tuple(Architecture)
    mesh: Mesh = field(default_factory=Mesh)
    pull_secrets: Sequence[str] = ()

    @classmethod
    def of(cls, pool: GpuPool, images: Images[Any], namespace: pulumi.Input[str], mesh: Mesh) -> Self:
        """A pool of a platform with these images."""
        return cls(
            pool=pool,
            namespace=namespace,
            pause_image=images.pause,
            pause_architectures=images.pause_architectures,
            mesh=mesh,
            pull_secrets=images.pull_secrets,
        )

    def __post_init__(self) -> None:
        if self.pool.spare and self.namespace is None:
            expected = f"an existing namespace for the {self.pool.spare} spare pods of '{self.pool.name}'"
            missing = Issue(path=("namespace",), found=MISSING, expected=expected, hint="or a pool with spare=0")
            refuse_arguments(type(self), (missing,))

    @property
    def pause_reference(self) -> pulumi.Input[str]:
        """The image of the spare pods."""
        return pause_image(read_lock()) if self.pause_image is None else self.pause_image
