"""What a proxy is told of: without bounds, each is sent every Service of the cluster.

Sources: https://istio.io/latest/docs/reference/config/networking/sidecar/ and
https://istio.io/latest/docs/ops/configuration/mesh/configuration-scoping/
"""

from collections.abc import Sequence

from components.service_mesh.mesh_object import MeshObject
from components.service_mesh.meshed_model import MeshedModel

NETWORKING = "networking.istio.io/v1"
_KNOWN_HOSTS_ONLY = {"outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}}


def nothing() -> MeshObject:
    """A model server calls nobody, so that its proxy knows no host."""
    spec = {"egress": [{"hosts": ["~/*"]}], **_KNOWN_HOSTS_ONLY}
    return MeshObject(api_version=NETWORKING, kind="Sidecar", name="default", spec=spec)


def of_namespace(component: str) -> MeshObject:
    """The pods of ``component`` call the Services of their own namespace."""
    spec = {
        "workloadSelector": {"labels": {"app.kubernetes.io/component": component}},
        "egress": [{"hosts": ["./*"]}],
        **_KNOWN_HOSTS_ONLY,
    }
    return MeshObject(api_version=NETWORKING, kind="Sidecar", name=component, spec=spec)


def visible_in(model: MeshedModel) -> Sequence[str]:
    """The namespaces whose proxies know a model: its own, and those of its clients."""
    return (".", *model.client_namespaces)
