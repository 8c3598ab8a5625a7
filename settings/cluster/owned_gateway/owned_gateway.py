"""A gateway that the stack makes itself."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field

from settings.cluster.access_logs import AccessLogs
from settings.cluster.owned_gateway.certificate import Certificate
from settings.validation.issues import Issue, refuse
from settings.validation.section import Count, Flag, Section, key_of
from settings.values.text import Cidr, DnsLabel, DnsSubdomain

ISTIO_CLASS = "istio"
"""The class of Istio, which deploys the proxies in the gateway's namespace as the gateway says."""
_OF_ISTIO = ("replicas", "service_type", "access_logs")
_OF_OTHERS = ("tls_options",)
_OLD_TLS = re.compile(
    r"(?<![a-z0-9])(?:min)?tls[ _-]?v?1(?:[._]?[01](?!\d)|(?![._]?\d))|\bsslv?[23]|^\s*1[._][01]\s*$", re.IGNORECASE
)


class ServiceType(StrEnum):
    """How the proxies of a gateway are reached."""

    LOAD_BALANCER = "LoadBalancer"
    NODE_PORT = "NodePort"
    CLUSTER_IP = "ClusterIP"


def _without_old_tls(options: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in options.items():
        if _OLD_TLS.search(value):
            refuse("TLS 1.2 or later", f"take the older version out of '{name}'")
    return MappingProxyType(dict(options))


TlsOptions = Annotated[Mapping[str, str], AfterValidator(_without_old_tls)]


class OwnedGateway(Section):
    """A gateway that the stack makes: a listener for HTTPS and HTTP/2 at port 443, for routes of the models' namespace
    alone. There is no port 80."""

    class_name: DnsSubdomain = ISTIO_CLASS
    """GatewayClass, whose controller the platform team runs."""
    certificate: Certificate
    """The certificate that clients see."""
    create_namespace: Flag = True
    """Whether the stack also makes the gateway's namespace, closed to all but the proxies; `false` if it exists."""
    controller_namespace: DnsLabel | None = None
    """Namespace of the class's controller, which the proxies get their configuration from; required for other classes
    than `istio`, for which it defaults to `mesh.controlPlaneNamespace`."""
    clients: tuple[Cidr, ...] = ()
    """Networks that clients, or the load balancer, send from; everybody if empty."""
    service_type: ServiceType = ServiceType.LOAD_BALANCER
    """Type of the proxies' Service, with the class `istio`."""
    replicas: Annotated[Count, Field(le=100)] = 2
    """Number of proxies, with the class `istio`; at least 2 in prod. One at a time is taken down by maintenance."""
    tls_options: TlsOptions = Field(default_factory=lambda: MappingProxyType({}))
    """Options of the listener's TLS, for classes that take the least version of TLS there. Class `istio` speaks TLS 1.2
    or later without one."""
    annotations: Mapping[str, str] = Field(default_factory=lambda: MappingProxyType({}))
    """Annotations of what the controller makes, such as those by which a cloud chooses its load balancer."""
    access_logs: AccessLogs | None = None
    """What the proxies log of requests, with the class `istio`; what Istio's own settings say if not set."""

    @property
    def is_istios(self) -> bool:
        """Whether Istio runs the proxies."""
        return self.class_name == ISTIO_CLASS

    def issues(self) -> Iterator[Issue]:
        """Check that every key has an effect with the class, and that the controller of another class can be found."""
        for field in sorted(self.model_fields_set & {*(_OF_OTHERS if self.is_istios else _OF_ISTIO)}):
            key = key_of(field)
            other = "another class" if self.is_istios else f"class {ISTIO_CLASS}"
            yield Issue(
                path=(key,), found=f"has no effect with class {self.class_name}", expected=f"no {key}, or {other}"
            )
        if not self.is_istios and self.controller_namespace is None:
            yield Issue(
                path=("controllerNamespace",),
                found=f"missing, with class {self.class_name}",
                expected="the namespace of its controller, which the proxies reach",
            )
