"""Which requests proxies log, and where to.

What a line says is up to the provider, which is part of the mesh's own settings (docs/gateway.md).

Source: https://istio.io/latest/docs/reference/config/telemetry/
"""

from typing import Any

from components.service_mesh.mesh_object import MeshObject
from settings.cluster.access_logs import AccessLogs, LoggedRequests

TELEMETRY = "telemetry.istio.io/v1"
NAME = "access-logs"
# Envoy makes a gRPC status of any status of HTTP: only the trailer, or the header of an answer without a body, says
# what the server has answered. A request whose client has gone has no status.
# https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/attributes
ERRORS = (
    "!has(response.code) || response.code >= 400"
    " || ('grpc-status' in response.trailers && response.trailers['grpc-status'] != '0')"
    " || ('grpc-status' in response.headers && response.headers['grpc-status'] != '0')"
)


def of_namespace(logs: AccessLogs) -> MeshObject:
    """The log of each pod of the namespace."""
    return MeshObject(api_version=TELEMETRY, kind="Telemetry", name=NAME, spec={"accessLogging": [_logging(logs)]})


def of_gateway(gateway: str, logs: AccessLogs) -> MeshObject:
    """The log of the proxies of a Gateway."""
    target = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": gateway}
    spec = {"targetRefs": [target], "accessLogging": [_logging(logs)]}
    return MeshObject(api_version=TELEMETRY, kind="Telemetry", name=f"{gateway}-{NAME}", spec=spec)


def _logging(logs: AccessLogs) -> dict[str, Any]:
    chosen = {"filter": {"expression": ERRORS}} if logs.requests is LoggedRequests.ERRORS else {}
    return {"providers": [{"name": logs.provider}], **chosen}
