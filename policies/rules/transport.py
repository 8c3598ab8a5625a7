"""N05: requests from outside come over TLS 1.2 or later, to a host that is named."""

import re
from collections.abc import Iterator

from node import Node
from rule import Rule, Severity, Violation, all_of, for_each, for_kinds, of_kinds
from subject import Resource

_OLD_VERSIONS = ("TLSV1_0", "TLSV1_1")
_ISTIO_TLS_MODES = ("SIMPLE", "MUTUAL", "PASSTHROUGH", "AUTO_PASSTHROUGH", "ISTIO_MUTUAL", "OPTIONAL_MUTUAL")
_ROUTES = tuple(f"gateway.networking.k8s.io/{kind}" for kind in ("HTTPRoute", "GRPCRoute", "TLSRoute"))
_ROUTES_WITHOUT_HOST = tuple(f"gateway.networking.k8s.io/{kind}" for kind in ("TCPRoute", "UDPRoute"))
_MESH = "HBONE"
_DOMAIN = re.compile(r"\*\.[^.*]+\.[^*]+")
# How options of a listener's TLS, which each controller names as it likes, spell versions before 1.2.
_OLD_OPTION = re.compile(
    r"(?<![a-z0-9])(?:min)?tls[ _-]?v?1(?:[._]?[01](?!\d)|(?![._]?\d))|\bsslv?[23]|^\s*1[._][01]\s*$", re.IGNORECASE
)
_SSL_REDIRECTS = (
    "nginx.ingress.kubernetes.io/ssl-redirect",
    "nginx.ingress.kubernetes.io/force-ssl-redirect",
)


def _is_named(host: Node) -> Iterator[Violation]:
    # Istio's hosts may carry a namespace: gateway/models.example.
    name = (host.text() or "").rpartition("/")[2]
    if not name or "*" in name:
        yield Violation.of(host, "Name the host instead of using a wildcard.")


def _servers(gateway: Resource) -> list[Node]:
    return gateway.properties.get("spec").get("servers").items()


def _server_hosts_are_named(server: Node) -> Iterator[Violation]:
    for host in server.get("hosts").items():
        yield from _is_named(host)


def _server_is_encrypted(server: Node) -> Iterator[Violation]:
    tls = server.get("tls")
    if tls.get("httpsRedirect").boolean():
        return
    mode = tls.get("mode")
    if mode.text() not in _ISTIO_TLS_MODES:
        yield Violation.of(mode, "Set tls.mode to SIMPLE or MUTUAL, or tls.httpsRedirect to true.")
    for field in ("minProtocolVersion", "maxProtocolVersion"):
        if tls.get(field).text() in _OLD_VERSIONS:
            yield Violation.of(tls.get(field), f"Set tls.{field} to TLSV1_2 or TLSV1_3.")


def _listeners(gateway: Resource) -> list[Node]:
    return gateway.properties.get("spec").get("listeners").items()


def _listener_is_encrypted(listener: Node) -> Iterator[Violation]:
    protocol = listener.get("protocol")
    if protocol.text() not in ("HTTPS", "TLS", _MESH):
        yield Violation.of(protocol, "Set protocol to HTTPS, and tls.certificateRefs to a certificate.")


def _listener_has_certificate(listener: Node) -> Iterator[Violation]:
    tls = listener.get("tls")
    if listener.get("protocol").text() not in ("HTTPS", "TLS") or tls.get("mode").text() == "Passthrough":
        return
    # Some controllers take certificates by an option.
    if not tls.get("certificateRefs").items() and not tls.get("options").entries():
        yield Violation.of(tls.get("certificateRefs"), "Set tls.certificateRefs to a certificate.")


def _listener_tls_is_recent(listener: Node) -> Iterator[Violation]:
    for _, option in listener.get("tls").get("options").entries():
        if _OLD_OPTION.search(option.text() or ""):
            yield Violation.of(option, "Set the option to TLS 1.2 or later.")


def _listener_host_is_named(listener: Node) -> Iterator[Violation]:
    # The mesh's own tunnel carries every host, each with mutual TLS.
    if listener.get("protocol").text() == _MESH:
        return
    host = listener.get("hostname")
    # Routes name their hosts: a listener for a domain of one's own takes no more than they do.
    if not _DOMAIN.fullmatch(host.text() or ""):
        yield from _is_named(host)


def _listener_takes_known_routes(listener: Node) -> Iterator[Violation]:
    whose = listener.get("allowedRoutes").get("namespaces").get("from")
    if whose.text() == "All" and listener.get("protocol").text() != _MESH:
        yield Violation.of(whose, "Set allowedRoutes.namespaces.from to Selector: any namespace could take this host.")


def _has_no_host(route: Resource) -> Iterator[Violation]:
    yield Violation(route.metadata.path, "a route without host and TLS", "Use an HTTPRoute, GRPCRoute or TLSRoute.")


def _route_hosts(route: Resource) -> Iterator[Violation]:
    hosts = route.properties.get("spec").get("hostnames")
    if not hosts.items():
        yield Violation.of(hosts, "Set hostnames: without it the route takes every host of its gateway.")
    for host in hosts.items():
        yield from _is_named(host)


def _virtual_service_hosts(service: Resource) -> list[Node]:
    return service.properties.get("spec").get("hosts").items()


def _ingress_rules(ingress: Resource) -> Iterator[Violation]:
    spec = ingress.properties.get("spec")
    encrypted = {host.text() for tls in spec.get("tls").items() for host in tls.get("hosts").items()}
    for rule in spec.get("rules").items():
        host = rule.get("host")
        yield from _is_named(host)
        if host.text() and host.text() not in encrypted:
            yield Violation.of(host, "Set tls with this host in hosts, and secretName to its certificate.")


def _ingress_default_backend(ingress: Resource) -> Iterator[Violation]:
    backend = ingress.properties.get("spec").get("defaultBackend")
    if backend.is_set():
        yield Violation.of(backend, "Name the hosts in rules: a default backend answers for every host.")


def _ingress_redirects(ingress: Resource) -> Iterator[Violation]:
    for annotation in _SSL_REDIRECTS:
        redirect = ingress.metadata.get("annotations").get(annotation)
        if redirect.text() == "false":
            yield Violation.of(redirect, "Remove the annotation: plain HTTP is sent on to TLS.")


RULES = (
    Rule(
        id="N05",
        title="Ingress uses TLS 1.2 or later and named hosts",
        why="Requests carry credentials and personal data. Without TLS, or with a version before 1.2, others can read"
        " them on their way. A wildcard host also answers for names that nobody intended.",
        severity=Severity.HIGH,
        remedy="Set tls, and name the host.",
        check=all_of(
            of_kinds(
                ["networking.istio.io/Gateway"], for_each(_servers, _server_hosts_are_named, _server_is_encrypted)
            ),
            of_kinds(
                ["gateway.networking.k8s.io/Gateway"],
                for_each(
                    _listeners,
                    _listener_is_encrypted,
                    _listener_has_certificate,
                    _listener_tls_is_recent,
                    _listener_host_is_named,
                    _listener_takes_known_routes,
                ),
            ),
            for_kinds(_ROUTES_WITHOUT_HOST, _has_no_host),
            for_kinds(_ROUTES, _route_hosts),
            of_kinds(["networking.istio.io/VirtualService"], for_each(_virtual_service_hosts, _is_named)),
            for_kinds(["networking.k8s.io/Ingress"], _ingress_rules, _ingress_default_backend, _ingress_redirects),
        ),
    ),
)
