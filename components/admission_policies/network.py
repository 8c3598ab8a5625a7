"""N02, N05, N08 and N10: whom network policies, routes and services let in and out."""

from collections.abc import Mapping

from components.admission_policies import cel
from components.admission_policies.rule import Check, Rule

RESOURCES: Mapping[str, tuple[str, ...]] = {
    "": ("services",),
    "networking.k8s.io": ("networkpolicies", "ingresses"),
    "gateway.networking.k8s.io": ("httproutes", "grpcroutes", "tlsroutes"),
}
JUDGED = "[it.?spec.orValue({}), it.metadata.?annotations.orValue({})]"
VARIABLES: Mapping[str, str] = {
    "spec": "dyn(object).?spec.orValue({})",
    "annotations": "dyn(object).metadata.?annotations.orValue({})",
    "isPolicy": 'object.kind == "NetworkPolicy"',
    "isIngress": 'object.kind == "Ingress"',
    "isRoute": 'object.kind in ["HTTPRoute", "GRPCRoute", "TLSRoute"]',
    "isService": 'object.kind == "Service"',
    "ingressRules": "variables.isIngress ? variables.spec.?rules.orValue([]) : []",
    "encryptedHosts": "variables.spec.?tls.orValue([]).map(t, t.?hosts.orValue([]))",
    "hostnames": "variables.isRoute ? variables.spec.?hostnames.orValue([]) : []",
}

_SSL_REDIRECTS = (
    "nginx.ingress.kubernetes.io/ssl-redirect",
    "nginx.ingress.kubernetes.io/force-ssl-redirect",
)
# As the policy pack has them.
_SNIPPET = (
    r"^(?:(?:nginx\.ingress\.kubernetes\.io|nginx\.(?:org|com))/(?:[\w-]+-)?snippets?|nginx\.(?:org|com)/.*-snippets?"
    r"|(?:haproxy\.org|haproxy-ingress\.github\.io|ingress\.kubernetes\.io)/(?:[\w-]+-)?(?:config|snippet)[\w-]*)$"
)
_PATH = r"^/[\w./~%!&'()*+,=:@^$?\[\]|\\-]*$"
_NAME_HOST = "Name the host instead of using a wildcard."
_SWITCHED_OFF = 'variables.isIngress && variables.annotations[?k].orValue("") == "false"'
_UNNAMED = '(host == "" || host.contains("*"))'

# Every namespace has the label of its name.
_NAMES_NOTHING = (
    'e.operator in ["NotIn", "DoesNotExist"] || (e.operator == "Exists" && e.key == "kubernetes.io/metadata.name")'
)
_METADATA = cel.texts(["169.254.169.254", "fd00:ec2::254", "100.100.100.200"])
_NO_METADATA = "Remove it: the cloud's metadata service gives the node's credentials to whoever asks."
# Wider than any private range: practically everything.
_IS_WIDE = "!isCIDR(peer) || cidr(peer).prefixLength() < (cidr(peer).ip().family() == 4 ? 8 : 16)"
_DIRECTIONS = {"ingress": "from", "egress": "to"}


def _rules(direction: str) -> str:
    return f"(variables.isPolicy ? variables.spec.?{direction}.orValue([]) : [])"


def _peers(direction: str, broken: str) -> str:
    """The direction, where ``broken`` holds for a peer ``p``."""
    peers = f"r.?{_DIRECTIONS[direction]}.orValue([])"
    return cel.place(direction, f"{_rules(direction)}.exists(r, {peers}.exists(p, {broken}))")


def _without_peers(direction: str) -> Check:
    field = _DIRECTIONS[direction]
    broken = f"{_rules(direction)}.exists(r, size(r.?{field}.orValue([])) == 0)"
    return Check(cel.place(direction, broken), f"Set {field} to the peers that are meant.")


def _selects_everything(selector: str) -> str:
    return (
        f"has({selector}) && size({selector}.?matchLabels.orValue({{}})) == 0"
        f" && {selector}.?matchExpressions.orValue([]).all(e, {_NAMES_NOTHING})"
    )


_EVERY_POD = (
    f"{_selects_everything('p.namespaceSelector')} && (!has(p.podSelector) || ({_selects_everything('p.podSelector')}))"
)
_TOO_WIDE = f"has(p.ipBlock) && [p.ipBlock.cidr].exists(peer, {_IS_WIDE})"
# Clusters use wider ranges around the last of the addresses for their pods.
_IS_METADATA = (
    f"{_METADATA}.exists(a, cidr(peer).containsIP(ip(a))"
    " && !p.ipBlock.?except.orValue([]).exists(x, isCIDR(x) && cidr(x).containsIP(ip(a))))"
)
_TO_METADATA = (
    "has(p.ipBlock) && [p.ipBlock.cidr].exists(peer, isCIDR(peer)"
    f" && cidr(peer).prefixLength() >= (cidr(peer).ip().family() == 4 ? 16 : 32) && {_IS_METADATA})"
)

RULES = (
    Rule(
        id="N02",
        title="Network policies name their peers",
        remedy="Set ipBlock.cidr to the addresses that are needed, not to 0.0.0.0/0.",
        checks=(
            *(_without_peers(direction) for direction in _DIRECTIONS),
            *(Check(_peers(direction, _TOO_WIDE)) for direction in _DIRECTIONS),
            *(Check(_peers(direction, _EVERY_POD), "Set namespaceSelector.matchLabels.") for direction in _DIRECTIONS),
            Check(_peers("egress", _TO_METADATA), _NO_METADATA),
        ),
    ),
    Rule(
        id="N05",
        title="Ingress uses TLS 1.2 or later and named hosts",
        remedy="Set tls, and name the host.",
        checks=(
            Check(
                cel.place("rules", f'variables.ingressRules.map(r, r.?host.orValue("")).exists(host, {_UNNAMED})'),
                _NAME_HOST,
            ),
            Check(
                'variables.ingressRules.map(r, r.?host.orValue("")).filter(host, host != ""'
                " && !variables.encryptedHosts.exists(hosts, host in hosts))",
                "Set tls with this host in hosts, and secretName to its certificate.",
            ),
            Check(
                cel.place("defaultBackend", "variables.isIngress && has(variables.spec.defaultBackend)"),
                "Name the hosts in rules: a default backend answers for every host.",
            ),
            Check(
                f"{cel.texts(_SSL_REDIRECTS)}.filter(k, {_SWITCHED_OFF})",
                "Remove the annotation: plain HTTP is sent on to TLS.",
            ),
            Check(
                cel.place("hostnames", "variables.isRoute && size(variables.hostnames) == 0"),
                "Set hostnames: without it the route takes every host of its gateway.",
            ),
            Check(f"variables.hostnames.filter(host, {_UNNAMED})", _NAME_HOST),
        ),
    ),
    Rule(
        id="N10",
        title="Ingresses add nothing to the proxy's configuration",
        remedy="Remove the annotation, and use those that set one thing each.",
        checks=(
            Check(
                f"variables.isIngress ? variables.annotations.filter(k, {cel.matches('k', _SNIPPET)}"
                ' && variables.annotations[k].trim() != "") : []'
            ),
            Check(
                "variables.ingressRules.map(r, r.?http.?paths.orValue([]).map(p, p.?path.orValue('')))"
                f".exists(paths, paths.exists(path, path != '' && !{cel.matches('path', _PATH)})) ? ['rules'] : []",
                "Set path to a path of the server, without spaces, braces, quotes and semicolons.",
            ),
        ),
    ),
    Rule(
        id="N08",
        title="Services are reachable only inside the cluster",
        remedy="Set spec.type to ClusterIP and put a route of the gateway in front, or add an exemption.",
        checks=(
            Check(
                cel.place(
                    "spec.type",
                    'variables.isService && variables.spec.?type.orValue("") in ["LoadBalancer", "NodePort"]',
                )
            ),
            Check(
                cel.place("externalIPs", "variables.isService && size(variables.spec.?externalIPs.orValue([])) > 0"),
                "Remove externalIPs: anyone who may write it takes traffic meant for others.",
            ),
        ),
    ),
)
