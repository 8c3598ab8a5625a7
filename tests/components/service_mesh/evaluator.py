"""Whether a request is allowed, by the rules that Kubernetes and Istio document, of the policies that were rendered.

It stands in for the data plane: it knows the fields that these policies use, and refuses to guess about any other.
Sources: https://kubernetes.io/docs/concepts/services-networking/network-policies/,
https://istio.io/latest/docs/reference/config/security/authorization-policy/ and .../peer_authentication/.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Manifest = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Pod:
    """``account`` is the identity that the mesh proves; a pod without one speaks plain text."""

    namespace: str
    labels: Mapping[str, str] = field(default_factory=dict)
    namespace_labels: Mapping[str, str] = field(default_factory=dict)
    account: str | None = None

    @property
    def principal(self) -> str | None:
        return f"cluster.local/ns/{self.namespace}/sa/{self.account}" if self.account else None


@dataclass(frozen=True, kw_only=True)
class Request:
    """``token`` is ``iss/sub`` of a valid token, if there is one, and ``header`` where it is."""

    source: Pod
    target: Pod
    port: int
    method: str = "POST"
    path: str = "/"
    token: str | None = None
    header: str = "Authorization"


def is_allowed(request: Request, manifests: Sequence[Manifest]) -> bool:
    """Whether the request gets through the network, the encryption and the authorisation."""
    return _crosses(request, manifests) and (
        request.port in _OUTSIDE_THE_PROXY
        or (
            _is_encrypted(request, manifests) and _authenticated(request, manifests) and _authorised(request, manifests)
        )
    )


# https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio
_OUTSIDE_THE_PROXY = (15020,)


def _in(manifests: Sequence[Manifest], kind: str, namespace: str) -> Iterator[Manifest]:
    for manifest in manifests:
        if manifest["kind"] == kind and manifest["metadata"]["namespace"] == namespace:
            yield manifest["spec"]


def _knows(found: Mapping[str, Any], *fields: str) -> None:
    assert set(found) <= set(fields), f"unknown fields: {sorted(set(found) - set(fields))}"


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    _knows(selector, "matchLabels")
    return selector.get("matchLabels", {}).items() <= labels.items()


def _crosses(request: Request, manifests: Sequence[Manifest]) -> bool:
    ways = (
        ("Ingress", "ingress", "from", request.target, request.source),
        ("Egress", "egress", "to", request.source, request.target),
    )
    for policy_type, rules, peers, pod, other in ways:
        policies = [
            spec
            for spec in _in(manifests, "NetworkPolicy", pod.namespace)
            if policy_type in spec["policyTypes"] and _selects(spec["podSelector"], pod.labels)
        ]
        opened = (rule for spec in policies for rule in spec.get(rules, []))
        if policies and not any(_opens(rule, peers, pod, other, request.port) for rule in opened):
            return False
    return True


def _opens(rule: Mapping[str, Any], peers: str, pod: Pod, other: Pod, port: int) -> bool:
    _knows(rule, peers, "ports")
    ports = rule.get("ports")
    if ports is not None and not any(each["protocol"] == "TCP" and each["port"] == port for each in ports):
        return False
    return any(_is_peer(peer, pod, other) for peer in rule[peers])


def _is_peer(peer: Mapping[str, Any], pod: Pod, other: Pod) -> bool:
    _knows(peer, "podSelector", "namespaceSelector", "ipBlock")
    if "ipBlock" in peer:
        return False  # of addresses outside the cluster
    labels = {"kubernetes.io/metadata.name": other.namespace, **other.namespace_labels}
    if "namespaceSelector" in peer:
        in_namespace = _selects(peer["namespaceSelector"], labels)
    else:
        in_namespace = other.namespace == pod.namespace
    return in_namespace and _selects(peer.get("podSelector", {}), other.labels)


def _is_encrypted(request: Request, manifests: Sequence[Manifest]) -> bool:
    modes = []
    for spec in _in(manifests, "PeerAuthentication", request.target.namespace):
        _knows(spec, "mtls")
        modes.append(spec["mtls"]["mode"])
    return request.source.principal is not None or modes != ["STRICT"]


def _authenticated(request: Request, manifests: Sequence[Manifest]) -> bool:
    """Whether the issuer of the token is known, where one of those that use its header is.

    Source: https://istio.io/latest/docs/reference/config/security/request_authentication/
    """
    issuers = [
        rule["issuer"]
        for spec in _in(manifests, "RequestAuthentication", request.target.namespace)
        if _selects(spec.get("selector", {}), request.target.labels)
        for rule in spec["jwtRules"]
        if [each["name"] for each in rule["fromHeaders"]] == [request.header]
    ]
    return request.token is None or not issuers or request.token.rpartition("/")[0] in issuers


def _authorised(request: Request, manifests: Sequence[Manifest]) -> bool:
    policies = [
        spec
        for spec in _in(manifests, "AuthorizationPolicy", request.target.namespace)
        if _selects(spec.get("selector", {}), request.target.labels)
    ]
    for spec in policies:
        _knows(spec, "selector", "action", "rules")
        assert spec.get("action", "ALLOW") == "ALLOW"
    rules = (rule for spec in policies for rule in spec.get("rules", []))
    return not policies or any(_matches(rule, request) for rule in rules)


def _matches(rule: Mapping[str, Any], request: Request) -> bool:
    _knows(rule, "from", "to")
    sources = [each["source"] for each in rule["from"]]
    operations = [each["operation"] for each in rule["to"]]
    return any(_is_source(each, request) for each in sources) and any(
        _is_operation(each, request) for each in operations
    )


def _is_source(source: Mapping[str, Any], request: Request) -> bool:
    _knows(source, "principals", "requestPrincipals")
    return _one_of(source.get("principals"), request.source.principal) and _one_of(
        source.get("requestPrincipals"), request.token
    )


def _is_operation(operation: Mapping[str, Any], request: Request) -> bool:
    _knows(operation, "ports", "methods", "paths")
    return (
        _one_of(operation.get("ports"), str(request.port))
        and _one_of(operation.get("methods"), request.method)
        and _one_of(operation.get("paths"), request.path)
    )


def _one_of(patterns: Sequence[str] | None, value: str | None) -> bool:
    """Whether a value is named exactly, by a prefix before ``*``, by a suffix after it, or with a segment ``{*}``.

    All are if none is named.
    """
    if patterns is None:
        return True
    return value is not None and any(_fits(pattern, value) for pattern in patterns)


def _fits(pattern: str, value: str) -> bool:
    if "{" in pattern:
        return re.fullmatch(re.escape(pattern).replace(re.escape("{*}"), "[^/]+"), value) is not None
    if pattern.endswith("*"):
        return value.startswith(pattern[:-1])
    return value.endswith(pattern[1:]) if pattern.startswith("*") else value == pattern
