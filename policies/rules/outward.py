"""N09: names and ways by which traffic leaves the cluster."""

from collections.abc import Iterator

from addresses import leads_astray
from configuration import Level
from node import Node
from rule import Rule, Severity, Violation, all_of, for_each, for_kinds, of_kinds
from subject import Resource

_IN_CLUSTER = (".svc", ".svc.cluster.local", ".cluster.local")
_LEAST_LABELS = 2


def _name_is_in_cluster(service: Resource) -> Iterator[Violation]:
    name = service.properties.get("spec").get("externalName")
    if not name.is_set() or _is_in_cluster(name.text() or ""):
        return
    if service.properties.get("spec").get("type").text() == "ExternalName":
        yield Violation.of(name, level=Level.ADVISORY)


def _is_in_cluster(name: str) -> bool:
    return name.rstrip(".").endswith(_IN_CLUSTER)


def _addresses(resource: Resource) -> Iterator[Node]:
    """The addresses behind a Service that somebody wrote down, or behind a host of the mesh."""
    for subset in resource.properties.get("subsets").items():
        yield from (address.get("ip") for address in subset.get("addresses").items())
    for endpoint in resource.properties.get("endpoints").items():
        yield from endpoint.get("addresses").items()
    for endpoint in resource.properties.get("spec").get("endpoints").items():
        yield endpoint.get("address")


def _is_of_a_server(address: Node) -> Iterator[Violation]:
    if leads_astray(address.text() or ""):
        remedy = "Set it to the address of a server: behind this one are the node itself, or its cloud's credentials."
        yield Violation.of(address, remedy)


def _hosts(entry: Resource) -> list[Node]:
    return entry.properties.get("spec").get("hosts").items()


def _host_is_narrow(host: Node) -> Iterator[Violation]:
    name = host.text() or ""
    if name.startswith("*") and len([label for label in name.split(".") if label != "*"]) < _LEAST_LABELS:
        yield Violation.of(host)


def _sidecar_knows_hosts(sidecar: Resource) -> Iterator[Violation]:
    mode = sidecar.properties.get("spec").get("outboundTrafficPolicy").get("mode")
    if mode.text() == "ALLOW_ANY":
        yield Violation.of(mode, "Set outboundTrafficPolicy.mode to REGISTRY_ONLY, and add a ServiceEntry for a host.")


RULES = (
    Rule(
        id="N09",
        title="What leaves the cluster goes to named servers",
        why="A name in the cluster that leads outside, or to a node's own addresses, gets requests that are meant for "
        "a neighbour. Where every host is open, a compromised pod sends data to any of them.",
        severity=Severity.MEDIUM,
        remedy="Name the host that is needed in a ServiceEntry, and call it by that name.",
        check=all_of(
            for_kinds(["core/Service"], _name_is_in_cluster),
            of_kinds(
                ["core/Endpoints", "discovery.k8s.io/EndpointSlice", "networking.istio.io/ServiceEntry"],
                for_each(_addresses, _is_of_a_server),
            ),
            of_kinds(["networking.istio.io/ServiceEntry"], for_each(_hosts, _host_is_narrow)),
            for_kinds(["networking.istio.io/Sidecar"], _sidecar_knows_hosts),
        ),
    ),
)
