"""N08: nothing is reached from outside but through the platform's gateway."""

from collections.abc import Iterator

from rule import Rule, Severity, Violation, for_kinds
from subject import Resource


def _type_is_internal(service: Resource) -> Iterator[Violation]:
    service_type = service.properties.get("spec").get("type")
    if service_type.text() in ("LoadBalancer", "NodePort"):
        yield Violation.of(service_type)


def _no_external_ips(service: Resource) -> Iterator[Violation]:
    addresses = service.properties.get("spec").get("externalIPs")
    if addresses.items():
        yield Violation.of(addresses, "Remove externalIPs: anyone who may write it takes traffic meant for others.")


RULES = (
    Rule(
        id="N08",
        title="Services are reachable only inside the cluster",
        why="A load balancer or a node port bypasses the gateway, and with it TLS, authentication and limits. With "
        "externalIPs a Service takes traffic that is meant for others.",
        severity=Severity.HIGH,
        remedy="Set spec.type to ClusterIP and put a route of the gateway in front, or add an exemption.",
        check=for_kinds(["core/Service"], _type_is_internal, _no_external_ips),
    ),
)
