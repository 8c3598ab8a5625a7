"""The service mesh of a namespace of models."""

from components.service_mesh.args import ServiceMeshArgs
from components.service_mesh.component import ServiceMesh
from components.service_mesh.meshed_model import Identity, MeshedModel

__all__ = ["Identity", "MeshedModel", "ServiceMesh", "ServiceMeshArgs"]
