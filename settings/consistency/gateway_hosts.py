"""The host names of a gateway that the stack owns: its listeners, and the names in its certificate."""

from collections.abc import Sequence

from settings.cluster.gateway import Gateway
from settings.consistency.exposure import hostname_of
from settings.model.exposure import Exposure
from settings.model.model import Model

WILDCARD_LISTENER = "https"


def hosts_of(models: Sequence[Model], gateway: Gateway) -> tuple[str, ...]:
    """The host names of the models behind the gateway, each once."""
    behind = (model for model in models if model.exposure is Exposure.GATEWAY)
    return tuple(dict.fromkeys(host for model in behind if (host := hostname_of(model, gateway, None))))


def own_hosts(models: Sequence[Model], gateway: Gateway) -> tuple[str, ...]:
    """Those that are not directly below the gateway's domain: each has a listener of its own."""
    return tuple(host for host in hosts_of(models, gateway) if not is_covered(host, [wildcard_of(gateway)]))


def listener_of(host: str, gateway: Gateway) -> str:
    """The name of the listener that takes requests to a host name."""
    return WILDCARD_LISTENER if is_covered(host, [wildcard_of(gateway)]) else host


def wildcard_of(gateway: Gateway) -> str:
    """The host names directly below the gateway's domain."""
    return f"*.{gateway.hostname}"


def certificate_names(models: Sequence[Model], gateway: Gateway) -> tuple[str, ...]:
    """The names that the certificate of an owned gateway has, by its settings."""
    certificate = gateway.owned.certificate if gateway.owned else None
    if certificate and certificate.dns_names:
        return certificate.dns_names
    ordered = own_hosts(models, gateway) if certificate and certificate.issuer else ()
    return (wildcard_of(gateway), *ordered)


def is_covered(host: str, names: Sequence[str]) -> bool:
    """Whether one of the ``names`` of a certificate is that of ``host``.

    A wildcard stands for one label. https://www.rfc-editor.org/rfc/rfc6125#section-6.4.3
    """
    return host in names or f"*.{host.partition('.')[2]}" in names
