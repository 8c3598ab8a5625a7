"""What istiod may do in the sandbox: what Istio's charts grant it, as far as the Gateway API needs it.

Gateways are deployed in one namespace only, one webhook is there at most, and no virtual machines or Ingresses. Source:
`manifests/charts/istio-control/istio-discovery/templates/{clusterrole,role}.yaml` of the module.
"""

from collections.abc import Mapping, Sequence

from inferencectl.sandbox.live.restricted_pod import Manifest

_READ = ("get", "list", "watch")
_WRITE = ("create", "update", "patch", "delete")
_API = "rbac.authorization.k8s.io"
_GATEWAY_API = "gateway.networking.k8s.io"
_DEPLOYED: Mapping[str, Sequence[str]] = {
    "": ("services", "serviceaccounts"),
    "apps": ("deployments",),
    "autoscaling": ("horizontalpodautoscalers",),
    "policy": ("poddisruptionbudgets",),
}
"""What a Gateway is deployed as, by API group."""


def manifests(name: str, namespace: str, gateways: str | None, webhook: str | None = None) -> Sequence[Manifest]:
    """The account of istiod in its `namespace`, and its roles.

    It deploys Gateways of the namespace `gateways`, and writes its certificate into the configuration `webhook`.
    """
    own = [_rule("", ("secrets",), (*_READ, "create", "update", "delete"))]  # its authority's key
    deployed = [_rule(group, kinds, _WRITE) for group, kinds in _DEPLOYED.items()]
    return (
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}},
        *_granted(name, namespace, None, [*_everywhere(), *([_webhook(webhook)] if webhook else [])]),
        *_granted(name, namespace, namespace, own),
        *(_granted(name, namespace, gateways, deployed) if gateways else ()),
    )


def _everywhere() -> Sequence[Manifest]:
    return [
        *(_rule(group, kinds, _READ) for group, kinds in _DEPLOYED.items()),
        _rule("", ("configmaps", "endpoints", "namespaces", "nodes", "pods", "secrets"), _READ),
        # The certificate of its authority, for the proxies of every namespace.
        _rule("", ("configmaps",), ("create", "update")),
        _rule("discovery.k8s.io", ("endpointslices",), _READ),
        _rule("apiextensions.k8s.io", ("customresourcedefinitions",), _READ),
        # It is not ready before it has listed these, though there are none.
        _rule(
            "admissionregistration.k8s.io", ("mutatingwebhookconfigurations", "validatingwebhookconfigurations"), _READ
        ),
        _rule("networking.k8s.io", ("ingresses", "ingressclasses"), _READ),
        _rule("authentication.k8s.io", ("tokenreviews",), ("create",)),
        # Whether a gateway may read the Secret that it asks for.
        _rule("authorization.k8s.io", ("subjectaccessreviews",), ("create",)),
        *(_rule(f"{group}.istio.io", ("*",), _READ) for group in ("extensions", "networking", "security", "telemetry")),
        _rule(_GATEWAY_API, ("*",), _READ),
        _rule(
            _GATEWAY_API,
            tuple(f"{kind}/status" for kind in ("gatewayclasses", "gateways", "grpcroutes", "httproutes")),
            ("update", "patch"),
        ),
        _rule(_GATEWAY_API, ("gatewayclasses",), _WRITE),
    ]


def _webhook(name: str) -> Manifest:
    rule = _rule("admissionregistration.k8s.io", ("mutatingwebhookconfigurations",), ("update", "patch"))
    return {**rule, "resourceNames": [name]}


def _rule(group: str, resources: Sequence[str], verbs: Sequence[str]) -> Manifest:
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}


def _granted(name: str, account: str, scope: str | None, rules: Sequence[Manifest]) -> Sequence[Manifest]:
    """A role with `rules` in the namespace `scope`, or everywhere, for the account in its own namespace."""
    kind = "Role" if scope else "ClusterRole"
    metadata = {"name": name, "namespace": scope} if scope else {"name": name}
    return (
        {"apiVersion": f"{_API}/v1", "kind": kind, "metadata": metadata, "rules": list(rules)},
        {
            "apiVersion": f"{_API}/v1",
            "kind": f"{kind}Binding",
            "metadata": metadata,
            "roleRef": {"apiGroup": _API, "kind": kind, "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": account}],
        },
    )
