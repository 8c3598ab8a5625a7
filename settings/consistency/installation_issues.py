"""Check that what the stack installs has namespaces of its own, and survives the loss of a node."""

from collections.abc import Iterator

from settings.cluster.mesh.mesh import Mesh
from settings.environment import Environment
from settings.gpu.node_software import NodeSoftware
from settings.validation.issues import Issue

_PROD_REPLICAS = 2


def installation_issues(
    mesh: Mesh, namespace: str, software: NodeSoftware | None, environment: Environment
) -> Iterator[Issue]:
    """What an installed mesh has in common with others, by path below the mesh; ``namespace`` is the models'."""
    if mesh.installation is None:
        return
    taken = {namespace: "the models", "default": "the cluster", "kube-system": "the cluster"}
    if software:
        taken[software.namespace] = "gpuSoftware"
    for path, found in (
        (("controlPlaneNamespace",), mesh.control_plane_namespace),
        (("installation", "cniNamespace"), mesh.installation.cni_namespace),
    ):
        if found in taken:
            yield Issue(
                path=path,
                found=f"'{found}', also a namespace of {taken[found]}",
                expected="a namespace of its own, which the stack makes",
            )
        taken[found] = "istiod, without the privileges that the CNI plug-in takes"
    if environment is Environment.PROD and mesh.installation.replicas < _PROD_REPLICAS:
        yield Issue(
            path=("installation", "replicas"),
            found=str(mesh.installation.replicas),
            expected=f"at least {_PROD_REPLICAS} in prod: no pod starts in the mesh while there is no control plane",
        )
