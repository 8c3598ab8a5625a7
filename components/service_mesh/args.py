"""The arguments of the mesh of a namespace."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import pulumi

from components.metadata import MODEL_VERIFICATION
from components.service_mesh.meshed_model import MeshedModel
from settings import Mesh, Platform


@dataclass(frozen=True, kw_only=True)
class ServiceMeshArgs:
    """``namespace``, which exists already, is what the mesh protects; ``models`` are those served in it.

    ``verifier`` is the ServiceAccount of the namespace that may call every model, if there is one.
    """

    namespace: pulumi.Input[str]
    mesh: Mesh
    models: Sequence[MeshedModel]
    verifier: str | None = None

    @classmethod
    def of(cls, platform: Platform, namespace: pulumi.Input[str], models: Sequence[MeshedModel]) -> Self:
        """The mesh of ``platform``, whose models are ``models``."""
        return cls(
            namespace=namespace,
            mesh=platform.mesh,
            models=models,
            verifier=MODEL_VERIFICATION if platform.verification else None,
        )
