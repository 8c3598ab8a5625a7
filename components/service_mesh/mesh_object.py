"""An object of a mesh, before it is a resource."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class MeshObject:
    """``name`` is unique among the objects of ``kind`` in the mesh, whose own name comes before it in the cluster.

    ``after`` are those that have to be there first.
    """

    api_version: str
    kind: str
    name: str
    spec: Mapping[str, Any]
    after: Sequence["MeshObject"] = ()
