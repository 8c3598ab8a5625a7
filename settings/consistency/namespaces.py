"""Whose namespaces a stack names, so that what it makes gets one of its own."""

from collections.abc import Mapping

from settings.cluster.mesh.mesh import Mesh


def owners(others: Mapping[str, str | None], mesh: Mesh) -> dict[str, str]:
    """Who has each namespace, in a finding's words: ``others`` by owner, the callers of the mesh, and the cluster."""
    callers = [(f"the caller {caller.name}", caller.namespace) for caller in mesh.callers]
    cluster = [("the cluster", "default"), ("the cluster", "kube-system")]
    return {namespace: owner for owner, namespace in (*callers, *cluster, *others.items()) if namespace is not None}
