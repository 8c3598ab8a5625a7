"""The dev stack in a mesh, with edits."""

from collections.abc import Mapping
from typing import Any

SHOP = {"name": "shop", "namespace": "shop"}
PARTNER = {"name": "partner", "issuer": "login"}
LOGIN = {
    "name": "login",
    "issuer": "https://login.example",
    "audiences": ["models"],
    "jwksUri": "https://login.example",
}
ISTIO = {"profile": "istio", "callers": [SHOP, PARTNER], "issuers": [LOGIN]}


def meshed(models: Mapping[str, Any], **mesh: Any) -> dict[str, Any]:
    """The dev stack in a mesh, with edits of its models: mnist at the gateway, the others in the cluster."""
    callers = {"models.1.mesh": {"callers": ["shop"]}, "models.2.mesh": {"callers": ["shop"]}}
    return {"mesh": {**ISTIO, **mesh}, **callers, **models}


def of_mesh(**mesh: Any) -> dict[str, Any]:
    return meshed({}, **mesh)
