"""Check that what the stack installs has namespaces of its own, and survives the loss of a node."""

from collections.abc import Iterator, Mapping

from settings.cluster.mesh.mesh import Mesh
from settings.consistency.namespaces import owners
from settings.environment import PROD_REPLICAS, Environment
from settings.validation.issues import Issue
from settings.validation.words import shown


def installation_issues(mesh: Mesh, others: Mapping[str, str | None], environment: Environment) -> Iterator[Issue]:
    """What an installed mesh has in common with others, by path below the mesh; ``others`` are whose namespaces."""
    if mesh.installation is None:
        return
    if mesh.revision:
        yield Issue(
            path=("revision",),
            found=f"{shown(mesh.revision)}, of a mesh that the stack installs",
            expected="no revision: the installation is upgraded in place",
            hint="revisions side by side need an Istio that is installed elsewhere",
        )
    # Made a second time, or closed to all that the charts do not open.
    taken = owners(others, mesh)
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
    if environment is Environment.PROD and mesh.installation.replicas < PROD_REPLICAS:
        yield Issue(
            path=("installation", "replicas"),
            found=str(mesh.installation.replicas),
            expected=f"at least {PROD_REPLICAS} in prod: no pod starts in the mesh while there is no control plane",
        )
