"""How much a model takes of its callers: requests of each, and the size of one.

Istio has no object for either: an EnvoyFilter adds to the proxy's own configuration. It names filters by their stable
names and their configuration by type, and changes nothing that Istio makes.

Sources: https://istio.io/latest/docs/tasks/policy-enforcement/rate-limit/,
https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/local_rate_limit_filter, .../buffer_filter
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from components.service_mesh.istio import authorization
from components.service_mesh.mesh_object import MeshObject
from components.service_mesh.meshed_model import MeshedModel
from settings import Mesh, RateLimit, quantity_bytes

_RATES, _BUFFER = "envoy.filters.http.local_ratelimit", "envoy.filters.http.buffer"
_EXTENSIONS = "type.googleapis.com/envoy.extensions"
_FILTERS = f"{_EXTENSIONS}.filters.http"
# What Envoy's tokens are counted in; a caller without a limit would otherwise share one with all others.
_NO_LIMIT = {"max_tokens": 2**32 - 1, "tokens_per_fill": 2**32 - 1, "fill_interval": "1s"}
_ALWAYS = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
_PEER = "connection.uri_san_peer_certificate"
_CLAIM = "metadata.filter_metadata['envoy.filters.http.jwt_authn']['payload']['{}']"


def objects(mesh: Mesh, model: MeshedModel) -> Sequence[MeshObject]:
    """The limits of a model, if it has any."""
    patches = [*_rates(mesh, model), *_size(model)]
    if not patches:
        return ()
    # Those without a priority are applied before, so that these stay next to the router.
    spec = {"workloadSelector": {"labels": dict(model.labels)}, "priority": 10, "configPatches": patches}
    return [
        MeshObject(
            api_version="networking.istio.io/v1alpha3", kind="EnvoyFilter", name=f"{model.service}-limits", spec=spec
        )
    ]


def _rates(mesh: Mesh, model: MeshedModel) -> Sequence[Mapping[str, Any]]:
    """A bucket of tokens for each caller with a limit.

    Requests are described, and so counted, by what let them in: the certificate of the pod that sent them, and the
    claims of the token that was verified. No header takes part. A description whose claims are not there is none.
    """
    limits = model.wanted.rate_limits
    if not limits:
        return ()
    callers = {caller.name: caller for caller in model.callers}
    counted = {
        "@type": f"{_FILTERS}.local_ratelimit.v3.LocalRateLimit",
        "stat_prefix": "callers",
        "token_bucket": _NO_LIMIT,
        "always_consume_default_token_bucket": False,
        "descriptors": [_bucket(limit) for limit in limits],
        "filter_enabled": _ALWAYS,
        "filter_enforced": _ALWAYS,
        "rate_limited_as_resource_exhausted": True,
        "enable_x_ratelimit_headers": "DRAFT_VERSION_03",
    }
    descriptions = [
        _description(limit.caller, authorization.source_of(mesh, model, callers[limit.caller])) for limit in limits
    ]
    return [_filter(_RATES, counted), _routes(None, {"rate_limits": descriptions})]


def _bucket(limit: RateLimit) -> Mapping[str, Any]:
    return {
        "entries": [{"key": limit.caller, "value": "true"}],
        "token_bucket": {
            "max_tokens": limit.burst,
            "tokens_per_fill": limit.requests,
            "fill_interval": f"{limit.period_seconds}s",
        },
    }


def _description(caller: str, source: authorization.Source) -> Mapping[str, Any]:
    expression = {
        "@type": f"{_EXTENSIONS}.rate_limit_descriptors.expr.v3.Descriptor",
        "descriptor_key": caller,
        "text": _is_from(source),
    }
    return {"actions": [{"extension": {"name": "envoy.rate_limit_descriptors.expr", "typed_config": expression}}]}


def _is_from(source: authorization.Source) -> str:
    """The source of an AuthorizationPolicy as an expression in CEL, whose texts are written like those of JSON."""
    pods = [_is_of(each) for each in source["principals"]]
    tokens = [_is_token(each) for each in source.get("requestPrincipals", ())]
    return " && ".join(f"({' || '.join(each)})" for each in (pods, tokens) if each)


def _is_of(principal: str) -> str:
    """Pods in any trust domain: Istio takes `cluster.local` and its aliases for its own, whatever that is called.

    An identity is `spiffe://<trust domain>/ns/<namespace>/sa/<account>`, which mutual TLS has proved. Envoy's
    expressions allow regular expressions only up to a size that these names can exceed.
    """
    path = f"/{principal.partition('/')[2]}"
    if path.endswith("*"):
        return f"{_PEER}.contains({json.dumps(path[:-1])})"
    return f"{_PEER}.endsWith({json.dumps(path)})"


def _is_token(principal: str) -> str:
    issuer, _, subject = principal.rpartition("/")
    return f"{_is_like(_CLAIM.format('iss'), issuer)} && {_is_like(_CLAIM.format('sub'), subject)}"


def _is_like(value: str, pattern: str) -> str:
    if pattern.endswith("*"):
        return f"{value}.startsWith({json.dumps(pattern[:-1])})"
    return f"{value} == {json.dumps(pattern)}"


def _size(model: MeshedModel) -> Sequence[Mapping[str, Any]]:
    """The limit of a body, which the proxy has to hold until it is complete.

    That would hold back the messages of a stream until the client has sent its last, so it is for REST alone.
    """
    if model.wanted.max_request_bytes is None:
        return ()
    kind = f"{_FILTERS}.buffer.v3.Buffer"
    most = {"@type": kind, "max_request_bytes": quantity_bytes(model.wanted.max_request_bytes)}
    streams = {_BUFFER: {"@type": f"{kind}PerRoute", "disabled": True}}
    return [_filter(_BUFFER, most), _routes(model.grpc_port, {"typed_per_filter_config": streams})]


def _filter(name: str, configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    """A filter after all others: a request that was refused is neither counted nor kept."""
    router = {
        "name": "envoy.filters.network.http_connection_manager",
        "subFilter": {"name": "envoy.filters.http.router"},
    }
    return {
        "applyTo": "HTTP_FILTER",
        "match": {"context": "SIDECAR_INBOUND", "listener": {"filterChain": {"filter": router}}},
        "patch": {"operation": "INSERT_BEFORE", "value": {"name": name, "typed_config": configuration}},
    }


def _routes(port: int | None, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """An addition to what the proxy does with the requests to a port, or to each."""
    of_port = {"routeConfiguration": {"portNumber": port}} if port else {}
    return {
        "applyTo": "VIRTUAL_HOST",
        "match": {"context": "SIDECAR_INBOUND", **of_port},
        "patch": {"operation": "MERGE", "value": value},
    }
