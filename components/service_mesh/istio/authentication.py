"""How a caller proves who it is: by the certificate of its pod, and by a token."""

from collections.abc import Sequence
from typing import Any

from components.metadata import MODEL_SERVER
from components.service_mesh.mesh_object import MeshObject
from settings import Mesh, TokenIssuer

SECURITY = "security.istio.io/v1"


def strict() -> MeshObject:
    """No connection in plain text to any pod of the namespace.

    Source: https://istio.io/latest/docs/reference/config/security/peer_authentication/
    """
    return MeshObject(api_version=SECURITY, kind="PeerAuthentication", name="strict", spec={"mtls": {"mode": "STRICT"}})


def tokens(mesh: Mesh) -> Sequence[MeshObject]:
    """A token that is invalid is refused; whether one is required, is up to the AuthorizationPolicy of the model.

    Source: https://istio.io/latest/docs/reference/config/security/request_authentication/
    """
    if not mesh.issuers:
        return ()
    spec = {
        "selector": {"matchLabels": {"app.kubernetes.io/component": MODEL_SERVER}},
        "jwtRules": [_rule(issuer) for issuer in mesh.issuers],
    }
    return [MeshObject(api_version=SECURITY, kind="RequestAuthentication", name="model-callers", spec=spec)]


def _rule(issuer: TokenIssuer) -> dict[str, Any]:
    keys = {"jwks": issuer.jwks} if issuer.jwks else {"jwksUri": issuer.jwks_uri}
    return {"issuer": issuer.issuer, "audiences": [*issuer.audiences], **keys}
