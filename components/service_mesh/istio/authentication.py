"""How a caller proves who it is: by the certificate of its pod, and by a token."""

from collections.abc import Sequence
from typing import Any

from components.service_mesh.mesh_object import MeshObject
from components.service_mesh.meshed_model import MeshedModel
from settings import Mesh, TokenIssuer

SECURITY = "security.istio.io/v1"


def strict() -> MeshObject:
    """No connection in plain text to any pod of the namespace.

    Source: https://istio.io/latest/docs/reference/config/security/peer_authentication/
    """
    return MeshObject(api_version=SECURITY, kind="PeerAuthentication", name="strict", spec={"mtls": {"mode": "STRICT"}})


def tokens(mesh: Mesh, model: MeshedModel) -> Sequence[MeshObject]:
    """What a model knows of the issuers of its callers' tokens, if they carry any.

    An invalid token is refused, as is one of any other issuer; whether one is required, is up to the model's
    AuthorizationPolicy. A model without such callers looks at no token: it is a header like others. Of two issuers, one
    valid token is enough: what is in the header of the other then goes on to the server unverified, and proves nothing.

    Source: https://istio.io/latest/docs/reference/config/security/request_authentication/
    """
    issuers = dict.fromkeys(caller.issuer for caller in model.callers if caller.issuer is not None)
    if not issuers:
        return ()
    spec = {
        "selector": {"matchLabels": dict(model.labels)},
        "jwtRules": [_rule(mesh.issuer(name)) for name in issuers],
    }
    return [MeshObject(api_version=SECURITY, kind="RequestAuthentication", name=model.service, spec=spec)]


def _rule(issuer: TokenIssuer) -> dict[str, Any]:
    keys = {"jwks": issuer.jwks} if issuer.jwks else {"jwksUri": issuer.jwks_uri}
    # Without a place, Istio would also take a token from the query, which is written to logs.
    place = {"name": issuer.header} if issuer.header else {"name": "Authorization", "prefix": "Bearer "}
    return {"issuer": issuer.issuer, "audiences": [*issuer.audiences], **keys, "fromHeaders": [place]}
