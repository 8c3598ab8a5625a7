"""Who may send which request to which model.

Source: https://istio.io/latest/docs/reference/config/security/authorization-policy/
"""

from collections.abc import Sequence
from typing import Any

import pulumi

from components.service_mesh.args import ServiceMeshArgs
from components.service_mesh.istio.authentication import SECURITY
from components.service_mesh.mesh_object import MeshObject
from components.service_mesh.meshed_model import Identity, MeshedModel
from settings import Caller, Mesh

Source = dict[str, Any]


def default_deny() -> MeshObject:
    """A policy that allows nothing: a request needs another one that allows it."""
    return MeshObject(api_version=SECURITY, kind="AuthorizationPolicy", name="default-deny", spec={})


def allow(args: ServiceMeshArgs, model: MeshedModel) -> MeshObject:
    """The requests of a model's clients from each of its callers, a rule each."""
    sources = [*_sources(args.mesh, model)]
    if args.verifier:
        principal = pulumi.Output.concat(f"{args.mesh.trust_domain}/ns/", args.namespace, f"/sa/{args.verifier}")
        sources.append({"principals": [principal]})
    spec = {
        "selector": {"matchLabels": dict(model.labels)},
        "action": "ALLOW",
        "rules": [{"from": [{"source": source}], "to": _requests(model)} for source in sources],
    }
    return MeshObject(api_version=SECURITY, kind="AuthorizationPolicy", name=model.service, spec=spec)


def source_of(mesh: Mesh, model: MeshedModel, caller: Caller) -> Source:
    """What a request of a caller to a model proves: the identity of pods, its own or the entrance's, and a token."""
    pods = Identity(namespace=caller.namespace, service_account=caller.service_account) if caller.namespace else None
    return {**_pods(mesh, pods or model.entrance), **_token(mesh, caller)}


def _sources(mesh: Mesh, model: MeshedModel) -> Sequence[Source]:
    # Whoever comes by the entrance proves itself only by a token, where one is asked for.
    outside = [source_of(mesh, model, caller) for caller in model.outside] or [_pods(mesh, model.entrance)]
    inside = [source_of(mesh, model, caller) for caller in model.inside]
    return [*(outside if model.entrance else ()), *inside]


def _pods(mesh: Mesh, pods: Identity | None) -> Source:
    if pods is None:
        return {}
    account = pods.service_account or "*"
    # A prefix is a name with a `*` at its end, which is what all accounts of a namespace are.
    return {"principals": [f"{mesh.trust_domain}/ns/{pods.namespace}/sa/{account}"]}


def _token(mesh: Mesh, caller: Caller) -> Source:
    if caller.issuer is None:
        return {}
    issuer = mesh.issuer(caller.issuer).issuer
    return {"requestPrincipals": [f"{issuer}/{subject}" for subject in caller.subjects or ("*",)]}


def _requests(model: MeshedModel) -> list[dict[str, Any]]:
    """The model's own paths and methods, and not those by which a server is managed.

    gRPC calls are POST requests whose paths are the methods. ``{*}`` and ``*`` mean the same to Istio, since 1.22.
    """
    http = {"ports": [str(model.http_port)], "methods": ["GET", "POST"], "paths": [*model.http_paths]}
    grpc = {
        "ports": [str(model.grpc_port)],
        "methods": ["POST"],
        "paths": [f"/{method}" for method in model.grpc_methods],
    }
    return [{"operation": http}, {"operation": grpc}]
